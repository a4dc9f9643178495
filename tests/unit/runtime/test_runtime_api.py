"""The Runtime API as told in words."""

import base64

import orjson

from lambent.runtime.http_messages import Head
from lambent.runtime.interface import (
    Effect,
    Erred,
    InitErred,
    Reply,
    Responded,
    RuntimeWaits,
    StreamBegan,
    StreamEnded,
    StreamPart,
)
from lambent.runtime.runtime_api import PREFIX, RuntimeApi


def ask(
    api: RuntimeApi,
    exchange: int,
    method: str,
    path: str,
    body: bytes = b"",
    trailers: dict[str, str] | None = None,
    **headers: str,
) -> list[Effect]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    effects = api.begin(exchange, Head(method, PREFIX + path, named))
    if body:
        effects += api.receive(exchange, body)
    return effects + api.finish(exchange, trailers or {})


def waiting() -> RuntimeApi:
    api = RuntimeApi()
    assert ask(api, 1, "GET", "invocation/next") == [RuntimeWaits()]
    return api


def test_an_invocation_is_the_reply_to_who_waits() -> None:
    api = waiting()
    replies = api.give("one", (("X", "y"),), b"{}")

    assert replies == [Reply(1, 200, b"{}", (("X", "y"),))]
    accepted, responded = ask(api, 2, "POST", "invocation/one/response", b"[1]")
    assert isinstance(accepted, Reply)
    assert accepted.status == 202
    assert responded == Responded(b"[1]", 3)


def test_an_error_keeps_what_the_runtime_says_of_it() -> None:
    api = waiting()
    api.give("one", (), b"")
    effects = ask(
        api,
        2,
        "POST",
        "invocation/one/error",
        b"{}",
        lambda_runtime_function_error_type="Own",
    )

    assert effects[1] == Erred(b"{}", 2, "Own")


def test_an_invocation_is_answered_once() -> None:
    api = waiting()
    api.give("one", (), b"")
    ask(api, 2, "POST", "invocation/one/response", b"1")
    [again] = ask(api, 3, "POST", "invocation/one/response", b"2")

    assert isinstance(again, Reply)
    assert again.status == 403
    assert orjson.loads(again.body)["errorType"] == "InvalidStateTransition"


def test_an_init_error_ends_the_beginning_only() -> None:
    assert ask(RuntimeApi(), 1, "POST", "init/error", b"{}")[1] == InitErred(b"{}", "")
    [late] = ask(waiting(), 2, "POST", "init/error", b"{}")
    assert isinstance(late, Reply)
    assert late.status == 403


def test_a_stream_is_told_as_it_comes() -> None:
    api = waiting()
    api.give("one", (), b"")
    effects = ask(
        api,
        2,
        "POST",
        "invocation/one/response",
        b"part",
        lambda_runtime_function_response_mode="streaming",
        content_type="text/html",
    )

    assert effects[:2] == [StreamBegan("text/html"), StreamPart(b"part")]
    assert effects[-1] == StreamEnded()


def test_a_stream_can_fail_in_its_trailers() -> None:
    api = waiting()
    api.give("one", (), b"")
    effects = ask(
        api,
        2,
        "POST",
        "invocation/one/response",
        b"part",
        {
            "lambda-runtime-function-error-type": "Own",
            "lambda-runtime-function-error-body": base64.b64encode(b'{"errorType":"Own"}').decode(),
        },
        lambda_runtime_function_response_mode="streaming",
    )

    assert effects[-1] == StreamEnded(b'{"errorType":"Own"}', "Own")


def test_a_connection_that_ends_in_a_stream_cuts_the_answer() -> None:
    api = waiting()
    api.give("one", (), b"")
    path = f"{PREFIX}invocation/one/response"
    api.begin(2, Head("POST", path, {"lambda-runtime-function-response-mode": "streaming"}))
    [ended] = api.lose(2)

    assert isinstance(ended, StreamEnded)
    assert ended.error_type == "Runtime.TruncatedResponse"


def test_a_body_beyond_every_limit_is_counted_and_not_kept() -> None:
    api = waiting()
    api.give("one", (), b"")
    refused, responded = ask(api, 2, "POST", "invocation/one/response", b"1" * (8 << 20))

    assert isinstance(refused, Reply)
    assert refused.status == 413
    assert responded == Responded(b"", 8 << 20)
