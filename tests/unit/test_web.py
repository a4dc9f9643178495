"""Requests to web addresses."""

import pytest

from lambent.web import WebFailure, WebRequest, send
from tests.web import Answer, serving


async def test_a_name_of_this_machine_is_reached_whether_or_not_it_can_be_looked_up() -> None:
    """
    Function URLs and APIs of this server have such names, which few resolvers know.
    """
    with serving() as web:
        web.answer = lambda asked: Answer(body=asked.headers["host"].encode())
        port = web.url.rpartition(":")[2]
        name = f"abc.lambda-url.us-east-1.localhost:{port}"
        request = WebRequest("GET", f"http://{name}/orders?open=1", {"X-Trace": "7"})

        reply = await send(request, seconds=5, most_bytes=1_000)

    [asked] = web.asked
    assert (reply.status, reply.body.decode()) == (200, name)
    assert (asked.path, asked.query, asked.headers["x-trace"]) == ("/orders", "open=1", "7")


@pytest.mark.parametrize("url", ["http://a.localhost:99999/", "http://[/", "http://a.localhost:x/"])
async def test_an_address_that_is_none_gets_no_answer(url: str) -> None:
    with pytest.raises(WebFailure):
        await send(WebRequest("GET", url, {}), seconds=5, most_bytes=10)
