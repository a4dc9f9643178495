"""Who may take a route of an HTTP API."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from lambent.wire.messages import HttpReply
from tests.conftest import World
from tests.services.apigatewayv2.http_apis import (
    FUNCTION,
    Client,
    call,
    header,
    make_api,
    make_integration,
    make_route,
)
from tests.services.apigatewayv2.issuing import Issuer
from tests.services.lambda_.functions import ECHO, create, zipped
from tests.web import serving

LOCK = FUNCTION.replace("orders", "lock")
HOUR = 3_600


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with serving() as web:
        yield Issuer(web)


async def open_api(world: World) -> Client:
    await create(world.context, Code={"ZipFile": zipped(ECHO)})
    await world.settle()
    api_id = await make_api(world.context)
    await call(world.context, "CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    return Client(world, api_id)


async def guard(
    client: Client, key: str, kind: str, authorizer: dict[str, Any], **route: Any
) -> str:
    """A route that an authorizer stands before."""
    context = client.world.context
    made = await call(
        context, "CreateAuthorizer", ApiId=client.api_id, Name=f"before {key}", **authorizer
    )
    integration = await make_integration(context, client.api_id)
    await make_route(
        context,
        client.api_id,
        key,
        integration,
        AuthorizationType=kind,
        AuthorizerId=made["AuthorizerId"],
        **route,
    )
    return str(made["AuthorizerId"])


async def guard_by_token(client: Client, issuer: Issuer, **route: Any) -> str:
    authorizer = {
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Issuer": issuer.url, "Audience": ["shop", "store"]},
    }
    return await guard(client, "GET /pets", "JWT", authorizer, **route)


async def guard_by_function(client: Client, source: str, **authorizer: Any) -> str:
    await create(client.world.context, "lock", Code={"ZipFile": zipped(source)})
    await client.world.settle()
    settings = {
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": LOCK,
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "IdentitySource": ["$request.header.x-key"],
        "AuthorizerResultTtlInSeconds": 0,
    }
    return await guard(client, "GET /pets/{id}", "CUSTOM", {**settings, **authorizer})


def is_refused(reply: HttpReply, status: int, message: str) -> bool:
    return (reply.status, reply.body) == (status, orjson.dumps({"message": message}))


async def test_a_token_of_the_issuer_opens_the_route(world: World, issuer: Issuer) -> None:
    client = await open_api(world)
    await guard_by_token(client, issuer)
    now = int(world.clock.now())
    token = issuer.token(
        iss=issuer.url,
        aud="shop",
        exp=now + HOUR,
        iat=now,
        sub="me",
        admin=True,
        groups=["a", "b"],
        address={"city": "Bern"},
    )

    event = await client.json("/pets", authorization=f"Bearer {token}")

    assert event["requestContext"]["authorizer"] == {
        "jwt": {
            "claims": {
                "iss": issuer.url,
                "aud": "shop",
                "exp": str(now + HOUR),
                "iat": str(now),
                "sub": "me",
                "admin": "true",
                "groups": "[a b]",
                "address": "map[city:Bern]",
            },
            "scopes": None,
        }
    }
    assert (await client.ask("/pets", authorization=token)).status == 200
    await world.advance(HOUR)
    expired = await client.ask("/pets", authorization=f"Bearer {token}")
    assert is_refused(expired, 401, "Unauthorized")
    assert header(expired, "www-authenticate") == (
        'Bearer scope="" error="invalid_token" error_description="the token has expired"'
    )


async def test_what_is_no_good_token_is_refused(world: World, issuer: Issuer) -> None:
    client = await open_api(world)
    await guard_by_token(client, issuer)
    now = int(world.clock.now())
    good = {"iss": issuer.url, "aud": ["shop"], "exp": now + HOUR}
    token = issuer.token(**good)
    head, claims, signature = token.split(".")
    forged = issuer.token(**{**good, "sub": "you"}).split(".")[1]

    for text in (
        "",
        "nonsense",
        f"{head}.{forged}.{signature}",
        f"{head}.{claims}.",
        issuer.token(**{**good, "iss": "https://else.where"}),
        issuer.token(**{**good, "aud": "other"}),
        issuer.token(iss=issuer.url, exp=now + HOUR),
        issuer.token(**{**good, "nbf": now + 60}),
        issuer.token(iss=issuer.url, aud="shop"),
    ):
        reply = await client.ask("/pets", authorization=f"Bearer {text}")
        assert is_refused(reply, 401, "Unauthorized"), text
    assert (await client.ask("/pets")).status == 401
    assert header(await client.ask("/pets"), "www-authenticate") == "Bearer"
    assert (await client.ask("/pets", authorization=issuer.token(**good))).status == 200
    of_client = issuer.token(iss=issuer.url, client_id="store", exp=now + HOUR)
    assert (await client.ask("/pets", authorization=of_client)).status == 200


async def test_a_token_needs_one_of_the_routes_scopes(world: World, issuer: Issuer) -> None:
    client = await open_api(world)
    await guard_by_token(client, issuer, AuthorizationScopes=["read", "write"])
    good = {"iss": issuer.url, "aud": "shop", "exp": int(world.clock.now()) + HOUR}

    event = await client.json("/pets", authorization=issuer.token(**good, scope="read other"))
    none = await client.ask("/pets", authorization=issuer.token(**good, scope="other"))

    assert event["requestContext"]["authorizer"]["jwt"]["scopes"] == ["read"]
    assert is_refused(none, 403, "Forbidden")
    assert header(none, "www-authenticate") == (
        'Bearer scope="read write" error="insufficient_scope"'
        ' error_description="expected scopes: [read write]"'
    )
    of_list = issuer.token(**good, scp=["write"])
    assert (await client.ask("/pets", authorization=of_list)).status == 200


async def test_a_new_key_of_the_issuer_is_found(world: World, issuer: Issuer) -> None:
    client = await open_api(world)
    await guard_by_token(client, issuer)
    good = {"iss": issuer.url, "aud": "shop", "exp": int(world.clock.now()) + HOUR}
    assert (await client.ask("/pets", authorization=issuer.token(**good))).status == 200

    issuer.new_key("second")
    token = issuer.token("second", "RS384", **good)

    assert (await client.ask("/pets", authorization=token)).status == 401
    await world.advance(60)
    assert (await client.ask("/pets", authorization=token)).status == 200


async def test_an_issuer_that_does_not_answer_opens_nothing(world: World, issuer: Issuer) -> None:
    client = await open_api(world)
    token = issuer.token(iss="http://127.0.0.1:1", aud="shop", exp=2e9)
    issuer.url = "http://127.0.0.1:1"
    await guard_by_token(client, issuer)

    assert (await client.ask("/pets", authorization=token)).status == 401


async def test_a_preflight_request_of_a_guarded_default_route_is_refused(
    world: World, issuer: Issuer
) -> None:
    client = await open_api(world)
    await guard_by_token(client, issuer)
    cors = {"AllowOrigins": ["*"], "AllowMethods": ["GET"]}
    await call(world.context, "UpdateApi", ApiId=client.api_id, CorsConfiguration=cors)
    asked = {"origin": "https://shop.example.com", "access_control_request_method": "GET"}
    assert (await client.ask("/pets", "OPTIONS", **asked)).status == 204

    routes = (await call(world.context, "GetRoutes", ApiId=client.api_id))["Items"]
    await call(
        world.context,
        "UpdateRoute",
        ApiId=client.api_id,
        RouteId=routes[0]["RouteId"],
        RouteKey="$default",
    )

    refused = await client.ask("/pets", "OPTIONS", **asked)
    assert refused.status == 401
    assert header(refused, "access-control-allow-origin") == "*"


async def test_a_function_says_yes_or_no(world: World) -> None:
    client = await open_api(world)
    await guard_by_function(
        client,
        "def handler(event, context):\n"
        "    return {'isAuthorized': event['identitySource'] == ['secret'],\n"
        "            'context': {'event': event}}\n",
    )

    event = await client.json("/pets/7?q=1", x_key="secret")

    asked = event["requestContext"]["authorizer"]["lambda"]["event"]
    assert (asked["version"], asked["type"]) == ("2.0", "REQUEST")
    assert asked["routeArn"] == (
        f"arn:aws:execute-api:us-east-1:000000000000:{client.api_id}/$default/GET/pets/7"
    )
    assert (asked["routeKey"], asked["pathParameters"]) == ("GET /pets/{id}", {"id": "7"})
    assert asked["queryStringParameters"] == {"q": "1"}
    assert "body" not in asked and "isBase64Encoded" not in asked
    assert is_refused(await client.ask("/pets/7", x_key="other"), 403, "Forbidden")
    assert is_refused(await client.ask("/pets/7"), 401, "Unauthorized")


POLICY = """
def handler(event, context):
    statement = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": event["methodArn"].rsplit("/", 1)[0] + "/1*",
    }
    return {
        "principalId": event["authorizationToken"],
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"colour": "red"},
    }
"""


async def test_a_function_gives_a_policy(world: World) -> None:
    client = await open_api(world)
    await guard_by_function(
        client,
        POLICY,
        AuthorizerPayloadFormatVersion="1.0",
        EnableSimpleResponses=False,
        AuthorizerResultTtlInSeconds=300,
    )

    event = await client.json("/pets/12", x_key="me")

    assert event["requestContext"]["authorizer"] == {"lambda": {"colour": "red"}}
    # The answer is remembered, the policy asked again.
    assert is_refused(await client.ask("/pets/2", x_key="me"), 403, "Forbidden")


COUNTING = """
import time
def handler(event, context):
    return {"isAuthorized": True, "context": {"asked": time.time()}}
"""


async def asked_at(client: Client) -> float:
    event = await client.json("/pets/1", x_key="me")
    moment: float = event["requestContext"]["authorizer"]["lambda"]["asked"]
    return moment


async def test_an_answer_is_remembered_for_its_time(world: World) -> None:
    client = await open_api(world)
    authorizer = await guard_by_function(client, COUNTING, AuthorizerResultTtlInSeconds=300)

    first = await asked_at(client)

    assert await asked_at(client) == first
    await world.advance(299)
    assert await asked_at(client) == first
    await world.advance(1)
    second = await asked_at(client)
    assert second != first
    stage = {"ApiId": client.api_id, "StageName": "$default"}
    await call(world.context, "ResetAuthorizersCache", **stage)
    third = await asked_at(client)
    assert third != second
    await call(
        world.context,
        "UpdateAuthorizer",
        ApiId=client.api_id,
        AuthorizerId=authorizer,
        AuthorizerResultTtlInSeconds=0,
    )
    assert await asked_at(client) != third
    assert await asked_at(client) != await asked_at(client)


@pytest.mark.parametrize(
    "answer", ["None", "{}", "{'isAuthorized': 'yes'}", "1 / 0", "{'policyDocument': {}}"]
)
async def test_an_authorizer_that_says_nothing_clear_is_an_internal_error(
    world: World, answer: str
) -> None:
    client = await open_api(world)
    await guard_by_function(
        client,
        f"def handler(event, context):\n    return {answer}\n",
        EnableSimpleResponses="policy" not in answer,
    )

    reply = await client.ask("/pets/1", x_key="me")

    assert is_refused(reply, 500, "Internal Server Error")


async def test_a_signature_is_asked_for(world: World) -> None:
    client = await open_api(world)
    integration = await make_integration(world.context, client.api_id)
    await make_route(
        world.context, client.api_id, "GET /pets", integration, AuthorizationType="AWS_IAM"
    )

    assert is_refused(await client.ask("/pets"), 403, "Forbidden")
    scope = "20260101/us-east-1/lambda/aws4_request"
    other = f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host, Signature=0"
    assert is_refused(await client.ask("/pets", authorization=other), 403, "Forbidden")
    right = other.replace("/lambda/", "/execute-api/")
    event = await client.json("/pets", authorization=right)
    assert event["requestContext"]["authorizer"]["iam"]["userArn"] == (
        "arn:aws:iam::000000000000:root"
    )
