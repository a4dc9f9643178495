"""The addresses that APIs answer at, of whatever kind they are."""

import pytest

from lambent.server.hosts import own_path
from lambent.wire.messages import HttpRequest
from tests.conftest import World


def asked(host: str, path: str) -> HttpRequest:
    return HttpRequest("GET", path, "", {"host": host}, b"")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("abc123.execute-api.localhost:4566", "/live/orders/7"),
        ("abc123.execute-api.us-east-1.localhost:4566", "/live/orders/7"),
        ("abc123.execute-api.eu-west-1.amazonaws.com", "/live/orders/7"),
        ("127.0.0.1:4566", "/_lambent/execute-api/abc123/live/orders/7"),
    ],
)
async def test_an_api_is_known_by_its_host_and_by_its_path(
    world: World, host: str, path: str
) -> None:
    assert own_path(asked(host, path)) == "execute-api/abc123/live/orders/7"

    reply = await world.app.http.answer(asked(host, path))

    assert (reply.status, reply.body) == (403, b'{"message":"Forbidden"}')
