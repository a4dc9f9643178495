"""The Extensions and Telemetry APIs as told in words."""

from typing import Any

import orjson
import pytest

from lambent.runtime.extensions_api import (
    PREFIX,
    TELEMETRY,
    ExtensionsApi,
    Identity,
    read_subscription,
)
from lambent.runtime.http_messages import Head
from lambent.runtime.interface import (
    Effect,
    ExtensionErred,
    ExtensionWaits,
    Registered,
    Reply,
    Subscribed,
    Subscription,
)

IDENTITY = Identity("tested", "7", "app.handler", "000000000000")
DESTINATION = {"protocol": "HTTP", "URI": "http://sandbox.localdomain:8080/here"}


def new_api(*external: str) -> ExtensionsApi:
    numbers = iter(range(100))
    return ExtensionsApi(IDENTITY, frozenset(external), lambda: f"id-{next(numbers)}")


def ask(
    api: ExtensionsApi, method: str, path: str, body: object = None, **headers: str
) -> list[Effect]:
    exchange = getattr(api, "asked", 0) + 1
    named = {f"lambda-extension-{name}": value for name, value in headers.items()}
    effects = api.begin(exchange, Head(method, path, named))
    effects += api.receive(exchange, orjson.dumps(body))
    return effects + api.finish(exchange, {})


def register(api: ExtensionsApi, name: str, *events: str) -> list[Effect]:
    return ask(api, "POST", PREFIX + "register", {"events": events}, name=name)


def reply(effects: list[Effect]) -> Reply:
    assert isinstance(effects[0], Reply)
    return effects[0]


def error_type(effects: list[Effect]) -> Any:
    return orjson.loads(reply(effects).body)["errorType"]


def test_an_extension_is_told_of_its_function_and_gets_an_identifier() -> None:
    effects = register(new_api("own"), "own", "INVOKE", "SHUTDOWN")

    assert orjson.loads(reply(effects).body) == {
        "functionName": "tested",
        "functionVersion": "7",
        "handler": "app.handler",
    }
    assert ("Lambda-Extension-Identifier", "id-0") in reply(effects).headers
    assert effects[1] == Registered("own", ("INVOKE", "SHUTDOWN"), external=True)


def test_all_have_registered_when_every_executable_has() -> None:
    api = new_api("one", "two")
    register(api, "one")
    assert not api.all_have_registered
    register(api, "two")
    assert api.all_have_registered
    assert not api.all_wait


def test_an_event_is_the_reply_to_who_waits_and_is_kept_for_who_does_not() -> None:
    api = new_api("waits", "works")
    register(api, "waits", "INVOKE")
    register(api, "works", "INVOKE")
    assert ask(api, "GET", PREFIX + "event/next", identifier="id-0") == [ExtensionWaits("waits")]

    [told] = api.publish("INVOKE", {"requestId": "r"})
    assert orjson.loads(told.body) == {"eventType": "INVOKE", "requestId": "r"}
    later = ask(api, "GET", PREFIX + "event/next", identifier="id-1")
    assert orjson.loads(reply(later).body)["requestId"] == "r"


def test_who_did_not_ask_for_an_event_is_not_told() -> None:
    api = new_api("own")
    register(api, "own")
    ask(api, "GET", PREFIX + "event/next", identifier="id-0")

    assert api.publish("INVOKE", {}) == []
    assert api.all_wait


@pytest.mark.parametrize(
    ("name", "events", "kind"),
    [
        ("", ("INVOKE",), "InvalidExtensionName"),
        ("own", ("DANCE",), "Extension.InvalidEventType"),
        ("inner", ("SHUTDOWN",), "ShutdownEventNotSupportedForInternalExtension"),
    ],
)
def test_a_registration_can_be_wrong(name: str, events: tuple[str, ...], kind: str) -> None:
    assert error_type(register(new_api("own"), name, *events)) == kind


def test_nobody_registers_twice_or_late_or_as_the_eleventh() -> None:
    api = new_api()
    for n in range(10):
        assert reply(register(api, f"inner-{n}")).status == 200
    assert error_type(register(api, "inner-3")) == "Extension.InvalidExtensionState"
    assert error_type(register(api, "eleventh")) == "Extension.TooManyExtensions"
    api.closed = True
    assert reply(register(new_api(), "early")).status == 200
    assert reply(register(api, "late")).status == 403


def test_a_stranger_hears_nothing() -> None:
    api = new_api()

    missing = ask(api, "GET", PREFIX + "event/next")
    invalid = ask(api, "GET", PREFIX + "event/next", identifier="guessed")
    assert error_type(missing) == "Extension.MissingExtensionIdentifier"
    assert error_type(invalid) == "Extension.InvalidExtensionIdentifier"


def test_an_extension_says_that_it_has_failed() -> None:
    api = new_api("own")
    register(api, "own")
    headers = {"identifier": "id-0", "function-error-type": "Own.Reason"}
    effects = ask(api, "POST", PREFIX + "exit/error", {}, **headers)

    assert reply(effects).status == 202
    assert effects[1] == ExtensionErred("own", "exit", "Own.Reason")


def test_a_subscription_is_read_and_told() -> None:
    api = new_api("own")
    register(api, "own")
    wanted = {"schemaVersion": "2022-12-13", "destination": DESTINATION, "types": ["platform"]}
    effects = ask(api, "PUT", TELEMETRY, wanted, identifier="id-0")

    assert reply(effects).body == b"OK"
    subscription = Subscription(
        "HTTP", 8080, "/here", "POST", frozenset({"platform"}), "2022-12-13"
    )
    assert effects[1] == Subscribed("own", "TELEMETRY", subscription)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        {"destination": DESTINATION, "types": ["dreams"]},
        {"destination": {"URI": "http://example.com:80"}, "types": ["platform"]},
        {"destination": {"protocol": "TCP"}, "types": ["platform"]},
        {"destination": DESTINATION, "types": ["platform"], "buffering": {"timeoutMs": 1}},
    ],
)
def test_a_subscription_can_be_wrong(wrong: dict[str, Any] | None) -> None:
    assert isinstance(read_subscription(wrong), str)
