"""Connections and API destinations, against a web server of our own."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.events.listening import (
    ROLE,
    entry,
    listen,
    messages,
    put,
    put_target,
    queue_arn,
)
from tests.web import Answer, Asked, Web, serving

BASIC = {"BasicAuthParameters": {"Username": "ann", "Password": "secret"}}
API_KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}}


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


def oauth(web: Web, **changes: Any) -> dict[str, Any]:
    return {
        "OAuthParameters": {
            "AuthorizationEndpoint": f"{web.url}/token",
            "HttpMethod": "POST",
            "ClientParameters": {"ClientID": "me", "ClientSecret": "secret"},
            **changes,
        }
    }


async def connect(context: Context, kind: str, parameters: dict[str, Any]) -> str:
    params = {"Name": "c", "AuthorizationType": kind, "AuthParameters": parameters}
    return str((await context.call("events", "CreateConnection", params))["ConnectionArn"])


async def described(context: Context) -> dict[str, Any]:
    return dict(await context.call("events", "DescribeConnection", {"Name": "c"}))


async def destine(context: Context, web: Web, connection: str, **changes: Any) -> None:
    """An API destination as the target of a rule, with a queue for dead letters."""
    params = {
        "Name": "d",
        "ConnectionArn": connection,
        "InvocationEndpoint": f"{web.url}/hook",
        "HttpMethod": "POST",
        **changes.pop("Destination", {}),
    }
    made = await context.call("events", "CreateApiDestination", params)
    await listen(context, "dead")
    await context.call("events", "RemoveTargets", {"Rule": "dead", "Ids": ["one"]})
    target = {
        "Arn": made["ApiDestinationArn"],
        "RoleArn": ROLE,
        "DeadLetterConfig": {"Arn": queue_arn("dead")},
        **changes,
    }
    await put_target(context, "dead", **target)


async def dead(context: Context) -> list[dict[str, str]]:
    return [
        {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        for letter in await messages(context, "dead")
    ]


async def test_a_connection_never_shows_its_secrets(world: World, web: Web) -> None:
    context = world.context
    further = {
        "InvocationHttpParameters": {
            "HeaderParameters": [
                {"Key": "a", "Value": "open"},
                {"Key": "b", "Value": "secret", "IsValueSecret": True},
            ]
        }
    }
    for kind, parameters in (
        ("BASIC", BASIC),
        ("API_KEY", API_KEY),
        ("OAUTH_CLIENT_CREDENTIALS", oauth(web)),
    ):
        arn = await connect(context, kind, {**parameters, **further})
        reply = await described(context)
        assert reply["ConnectionArn"] == arn
        assert reply["AuthorizationType"] == kind
        assert b"secret" not in orjson.dumps(reply["AuthParameters"]).replace(b"IsValueSecret", b"")
        assert reply["AuthParameters"]["InvocationHttpParameters"]["HeaderParameters"] == [
            {"Key": "a", "Value": "open", "IsValueSecret": False},
            {"Key": "b", "IsValueSecret": True},
        ]
        listed = await context.call("events", "ListConnections", {})
        assert [one["Name"] for one in listed["Connections"]] == ["c"]
        gone = await context.call("events", "DeleteConnection", {"Name": "c"})
        assert gone["ConnectionState"] == "DELETING"
    with pytest.raises(AwsError) as raised:
        await described(context)
    assert raised.value.code == "ResourceNotFoundException"
    assert raised.value.message == (
        "Failed to describe the connection(s). Connection 'c' does not exist."
    )


async def test_an_update_keeps_what_it_does_not_name(context: Context, web: Web) -> None:
    await connect(context, "BASIC", BASIC)
    changed = {"BasicAuthParameters": {"Username": "bob"}}
    await context.call("events", "UpdateConnection", {"Name": "c", "AuthParameters": changed})
    arn = (await described(context))["ConnectionArn"]
    found = await context.call("events", "RetrieveConnectionCredentials", {"ConnectionArn": arn})
    plain = base64.b64decode(found["Headers"]["Authorization"].removeprefix("Basic "))
    assert plain == b"bob:secret"

    params = {"Name": "c", "AuthorizationType": "API_KEY", "AuthParameters": API_KEY}
    await context.call("events", "UpdateConnection", params)
    assert (await described(context))["AuthParameters"] == {
        "ApiKeyAuthParameters": {"ApiKeyName": "X-Key"},
        "InvocationHttpParameters": {},
    }


async def test_a_deauthorized_connection_has_no_secrets_left(context: Context) -> None:
    arn = await connect(context, "BASIC", BASIC)
    reply = await context.call("events", "DeauthorizeConnection", {"Name": "c"})
    assert reply["ConnectionState"] == "DEAUTHORIZING"
    reply = await described(context)
    assert (reply["ConnectionState"], reply["AuthParameters"]) == ("DEAUTHORIZED", {})
    with pytest.raises(AwsError) as raised:
        await context.call("events", "RetrieveConnectionCredentials", {"ConnectionArn": arn})
    assert raised.value.code == "InvalidConnectionState"


async def test_parameters_must_be_those_of_the_type(context: Context) -> None:
    with pytest.raises(AwsError) as raised:
        await connect(context, "API_KEY", BASIC)
    assert raised.value.code == "ValidationException"
    await connect(context, "BASIC", BASIC)
    with pytest.raises(AwsError) as raised:
        await connect(context, "BASIC", BASIC)
    assert raised.value.code == "ResourceAlreadyExistsException"
    assert raised.value.message == "Connection c already exists."


async def test_an_api_destination_is_made_read_changed_and_deleted(context: Context) -> None:
    connection = await connect(context, "BASIC", BASIC)
    params = {
        "Name": "d",
        "ConnectionArn": connection,
        "InvocationEndpoint": "https://example.com/api",
        "HttpMethod": "POST",
        "Description": "first",
    }
    made = await context.call("events", "CreateApiDestination", params)
    assert made["ApiDestinationState"] == "ACTIVE"
    found = dict(await context.call("events", "DescribeApiDestination", {"Name": "d"}))
    assert {**found, **params, "InvocationRateLimitPerSecond": 300} == found
    await context.call("events", "UpdateApiDestination", {"Name": "d", "HttpMethod": "PUT"})
    listed = await context.call("events", "ListApiDestinations", {"ConnectionArn": connection})
    assert [one["HttpMethod"] for one in listed["ApiDestinations"]] == ["PUT"]
    await context.call("events", "DeauthorizeConnection", {"Name": "c"})
    found = dict(await context.call("events", "DescribeApiDestination", {"Name": "d"}))
    assert found["ApiDestinationState"] == "INACTIVE"
    await context.call("events", "DeleteApiDestination", {"Name": "d"})
    with pytest.raises(AwsError) as raised:
        await context.call("events", "DescribeApiDestination", {"Name": "d"})
    assert raised.value.message == (
        "Failed to describe the api-destination(s). An api-destination 'd' does not exist."
    )
    missing = {**params, "ConnectionArn": connection.replace("/c/", "/x/")}
    with pytest.raises(AwsError) as raised:
        await context.call("events", "CreateApiDestination", missing)
    assert raised.value.code == "ResourceNotFoundException"


async def test_an_event_is_sent_with_the_name_and_password(world: World, web: Web) -> None:
    await destine(world.context, web, await connect(world.context, "BASIC", BASIC))
    reply = await put(world.context)
    await world.settle()
    (asked,) = web.asked
    assert (asked.method, asked.path) == ("POST", "/hook")
    assert orjson.loads(asked.body)["id"] == reply["Entries"][0]["EventId"]
    basic = base64.b64encode(b"ann:secret").decode()
    assert asked.headers["authorization"] == f"Basic {basic}"
    assert asked.headers["user-agent"] == "Amazon/EventBridge/ApiDestinations"
    assert asked.headers["content-type"] == "application/json; charset=utf-8"
    assert await dead(world.context) == []


async def test_parameters_of_target_and_connection_join_the_request(world: World, web: Web) -> None:
    further = {
        "InvocationHttpParameters": {
            "HeaderParameters": [{"Key": "x-both", "Value": "connection"}],
            "QueryStringParameters": [{"Key": "q", "Value": "connection"}],
            "BodyParameters": [{"Key": "extra", "Value": "connection"}],
        }
    }
    connection = await connect(world.context, "API_KEY", {**API_KEY, **further})
    await destine(
        world.context,
        web,
        connection,
        Destination={"InvocationEndpoint": f"{web.url}/orders/*/items/*?fixed=1&q=none"},
        InputPath="$.detail",
        HttpParameters={
            "PathParameterValues": ["$.detail.id", "a b"],
            "HeaderParameters": {"X-Both": "target", "x-source": "$.source"},
            "QueryStringParameters": {"q": "target", "n": "$.detail.id"},
        },
    )
    await put(world.context, entry({"id": 7}))
    await world.settle()
    (asked,) = web.asked
    assert asked.path == "/orders/7/items/a%20b"
    assert parse_qs(asked.query) == {"fixed": ["1"], "q": ["connection"], "n": ["7"]}
    assert asked.headers["x-key"] == "secret"
    assert asked.headers["x-both"] == "connection"
    assert asked.headers["x-source"] == "shop"
    assert orjson.loads(asked.body) == {"id": 7, "extra": "connection"}


def token_server(web: Web) -> None:
    """Each token is good until the next one; the first of all is refused once."""

    def answer(asked: Asked) -> Answer:
        tokens = sum(one.path == "/token" for one in web.asked)
        if asked.path == "/token":
            body = {"access_token": f"t{tokens}", "token_type": "bearer", "expires_in": 3600}
            return Answer(200, orjson.dumps(body))
        good = asked.headers["authorization"] == f"Bearer t{tokens}" and tokens > 1
        return Answer(200 if good else 401)

    web.answer = answer


async def test_a_token_is_fetched_kept_and_fetched_again_when_refused(
    world: World, web: Web
) -> None:
    token_server(web)
    connection = await connect(world.context, "OAUTH_CLIENT_CREDENTIALS", oauth(web))
    assert (await described(world.context))["ConnectionState"] == "AUTHORIZING"
    await world.settle()
    assert (await described(world.context))["ConnectionState"] == "AUTHORIZED"
    (asked,) = web.asked
    assert parse_qs(asked.body) == {
        "grant_type": ["client_credentials"],
        "client_id": ["me"],
        "client_secret": ["secret"],
    }
    await destine(world.context, web, connection)
    await put(world.context)
    await world.settle()
    assert [one.path for one in web.asked] == ["/token", "/hook", "/token", "/hook"]
    # A moment later, as the rate of the destination asks for.
    await put(world.context)
    await world.advance(1)
    assert [one.path for one in web.asked][4:] == ["/hook"]
    await world.advance(4_000)
    await put(world.context)
    await world.settle()
    assert [one.path for one in web.asked][5:] == ["/token", "/hook"]


async def test_a_token_is_asked_for_as_the_connection_says(world: World, web: Web) -> None:
    further = {
        "OAuthHttpParameters": {
            "HeaderParameters": [{"Key": "Content-Type", "Value": "application/json"}],
            "QueryStringParameters": [{"Key": "tenant", "Value": "t"}],
            "BodyParameters": [{"Key": "audience", "Value": "api"}],
        },
        "HttpMethod": "PUT",
    }
    await connect(world.context, "OAUTH_CLIENT_CREDENTIALS", oauth(web, **further))
    await world.settle()
    (asked,) = web.asked
    assert (asked.method, asked.query) == ("PUT", "tenant=t")
    assert orjson.loads(asked.body) == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": "secret",
        "audience": "api",
    }
    # The server answered without a token.
    found = await described(world.context)
    assert found["ConnectionState"] == "DEAUTHORIZED"
    assert found["StateReason"] == "The authorization endpoint answered 200 and no access token."


async def test_only_what_may_succeed_later_is_sent_again(world: World, web: Web) -> None:
    statuses = [500, 429, 200]
    web.answer = lambda asked: Answer(statuses[len(web.asked) - 1])
    await destine(world.context, web, await connect(world.context, "API_KEY", API_KEY))
    await put(world.context)
    await world.advance(60)
    assert len(web.asked) == 3
    assert await dead(world.context) == []

    web.answer = lambda asked: Answer(404)
    await put(world.context)
    await world.advance(1)
    assert len(web.asked) == 4
    (letter,) = await dead(world.context)
    assert letter["ERROR_CODE"] == "ERROR_FROM_TARGET"
    assert letter["ERROR_MESSAGE"] == (
        "Unable to invoke ApiDestination endpoint: The endpoint answered with the status code 404."
    )
    assert "EXHAUSTED_RETRY_CONDITION" not in letter


async def test_the_endpoint_may_say_how_long_to_wait(world: World, web: Web) -> None:
    web.answer = lambda asked: (
        Answer(503, headers={"retry-after": "120"}) if len(web.asked) == 1 else Answer()
    )
    await destine(world.context, web, await connect(world.context, "API_KEY", API_KEY))
    await put(world.context)
    await world.advance(100)
    assert len(web.asked) == 1
    await world.advance(30)
    assert len(web.asked) == 2


async def test_retries_end_in_the_dead_letter_queue(world: World, web: Web) -> None:
    web.answer = lambda asked: Answer(500)
    connection = await connect(world.context, "API_KEY", API_KEY)
    policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3_600}
    await destine(world.context, web, connection, RetryPolicy=policy)
    await put(world.context)
    await world.advance(600)
    assert len(web.asked) == 3
    (letter,) = await dead(world.context)
    assert letter["RETRY_ATTEMPTS"] == "2"
    assert letter["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


async def test_an_endpoint_that_is_not_there_is_tried_until_the_event_is_too_old(
    world: World,
) -> None:
    with serving() as web:
        pass
    connection = await connect(world.context, "API_KEY", API_KEY)
    await destine(world.context, web, connection, RetryPolicy={"MaximumEventAgeInSeconds": 60})
    await put(world.context)
    await world.advance(120)
    (letter,) = await dead(world.context)
    assert letter["ERROR_CODE"] == "CONNECTION_FAILURE"
    assert letter["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


async def test_invocations_keep_to_the_rate(world: World, web: Web) -> None:
    connection = await connect(world.context, "API_KEY", API_KEY)
    rate = {"InvocationRateLimitPerSecond": 2}
    await destine(world.context, web, connection, Destination=rate)
    await put(world.context, *[entry({"n": number}) for number in range(6)])
    await world.settle()
    sent = [len(web.asked)]
    for _ in range(5):
        await world.advance(0.5)
        sent.append(len(web.asked))
    assert sent == [1, 2, 3, 4, 5, 6]
