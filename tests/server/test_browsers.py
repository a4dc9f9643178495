"""Which web pages may ask a server that asks nobody who they are."""

import pytest

from lambent.core.errors import AccessDenied
from lambent.server.browsers import check_origin
from lambent.wire.messages import HttpRequest


def _asked_by(origin: str | None) -> HttpRequest:
    headers = {"host": "127.0.0.1:4566"} | ({} if origin is None else {"origin": origin})
    return HttpRequest("POST", "/_lambent/reset", "", headers)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "http://127.0.0.1:4566",
        "http://localhost:3000",
        "https://localhost",
        "http://[::1]:4566",
        "http://console.localhost:4566",
    ],
)
def test_programs_and_pages_of_this_machine_may_ask(origin: str | None) -> None:
    check_origin(_asked_by(origin))


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com:4566",
        "http://notlocalhost",
        "null",
        "",
        "http://[",
    ],
)
def test_pages_from_elsewhere_may_not(origin: str) -> None:
    with pytest.raises(AccessDenied, match="pages of this machine"):
        check_origin(_asked_by(origin))
