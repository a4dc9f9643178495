"""What follows from the settings."""

import pytest

from lambent.core.settings import Settings


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:4566"),
        ("localhost", "http://127.0.0.1:4566"),
        ("0.0.0.0", "http://127.0.0.1:4566"),
        ("::", "http://127.0.0.1:4566"),
        ("::1", "http://[::1]:4566"),
        ("10.1.2.3", "http://10.1.2.3:4566"),
    ],
)
def test_the_endpoint_is_an_address_that_clients_can_use(host: str, url: str) -> None:
    assert Settings(host=host).endpoint_url == url
