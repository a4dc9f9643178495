"""Who may ask an API, and how often: authorizers, signatures, keys, plans."""

import datetime
from typing import Any

import orjson
import pytest

from lambent.platform import Context
from tests.conftest import World
from tests.services.apigateway.apis import (
    answers,
    ask,
    call,
    deploy,
    make_api,
    make_method,
    told,
)
from tests.services.apigateway.test_apigateway_integrations import uri
from tests.services.lambda_.functions import create, zipped

# Counts its calls, and lets in whoever says `yes`.
GUARD = """
calls = 0
def handler(event, context):
    global calls
    calls += 1
    token = event.get('authorizationToken') or event['headers']['Authorization']
    if token == 'nobody':
        raise Exception('Unauthorized')
    if token == 'broken':
        raise Exception('Broken')
    if token == 'odd':
        return {'principalId': 'odd'}
    effect = {'yes': 'Allow', 'no': 'Deny'}.get(token, 'Allow')
    resource = event['methodArn'] if token in ('yes', 'no') else 'arn:aws:execute-api:*:*:other/*'
    return {
        'principalId': 'ann',
        'policyDocument': {'Version': '2012-10-17', 'Statement': [
            {'Action': 'execute-api:Invoke', 'Effect': effect, 'Resource': resource}]},
        'context': {'calls': calls, 'vip': True, 'name': 'Ann'},
        'usageIdentifierKey': 'k' * 20,
    }
"""


async def guarded_api(context: Context, **authorizer: Any) -> dict[str, Any]:
    await create(context, "guard", Code={"ZipFile": zipped(GUARD)})
    api = await make_api(context)
    made = await call(
        context,
        "CreateAuthorizer",
        **{
            "restApiId": api["id"],
            "name": "guard",
            "type": "TOKEN",
            "identitySource": "method.request.header.Authorization",
            "authorizerUri": uri("guard"),
            **authorizer,
        },
    )
    named = await make_method(context, api, authorizationType="CUSTOM", authorizerId=made["id"])
    await answers(
        context,
        named,
        responseTemplates={
            "application/json": '{"who": "$context.authorizer.principalId",'
            ' "calls": $context.authorizer.calls, "vip": "$context.authorizer.vip"}'
        },
    )
    await deploy(context, api)
    return api


@pytest.mark.parametrize(
    ("token", "status", "body"),
    [
        ("yes", 200, {"who": "ann", "calls": 1, "vip": "true"}),
        (
            "no",
            403,
            {"Message": "User is not authorized to access this resource with an explicit deny"},
        ),
        ("else", 403, {"Message": "User is not authorized to access this resource"}),
        ("nobody", 401, {"message": "Unauthorized"}),
        ("broken", 500, {"message": None}),
        ("odd", 500, {"message": None}),
        ("", 401, {"message": "Unauthorized"}),
    ],
)
async def test_a_token_is_judged_by_a_function(
    world: World, token: str, status: int, body: object
) -> None:
    api = await guarded_api(world.context)
    await world.settle()

    reply = await ask(world, api, authorization=token) if token else await ask(world, api)

    assert (reply.status, told(reply)) == (status, body)


async def test_a_verdict_is_kept_for_a_while(world: World) -> None:
    api = await guarded_api(world.context, authorizerResultTtlInSeconds=60)
    await world.settle()

    async def calls() -> int:
        return int(told(await ask(world, api, authorization="yes"))["calls"])

    assert [await calls(), await calls()] == [1, 1]
    world.clock.advance(61)
    assert await calls() == 2
    await call(world.context, "FlushStageAuthorizersCache", restApiId=api["id"], stageName="live")
    world.clock.advance(1)
    assert await calls() == 3


async def test_a_token_must_look_like_one(world: World) -> None:
    api = await guarded_api(world.context, identityValidationExpression="y.*")
    await world.settle()

    assert (await ask(world, api, authorization="no")).status == 401
    assert (await ask(world, api, authorization="yes")).status == 200


async def test_a_request_is_judged_as_a_whole(world: World) -> None:
    api = await guarded_api(
        world.context,
        type="REQUEST",
        identitySource="method.request.header.Authorization, method.request.querystring.q",
    )
    await world.settle()

    assert (await ask(world, api, "/live?q=1", authorization="yes")).status == 200
    assert (await ask(world, api, "/live", authorization="yes")).status == 401


async def test_an_authorizer_can_be_tried(world: World) -> None:
    api = await guarded_api(world.context)
    await world.settle()
    listed = await call(world.context, "GetAuthorizers", restApiId=api["id"])
    place = {"restApiId": api["id"], "authorizerId": listed["items"][0]["id"]}

    reply = await call(
        world.context, "TestInvokeAuthorizer", **place, headers={"Authorization": "yes"}
    )
    refused = await call(world.context, "TestInvokeAuthorizer", **place)

    assert (reply["clientStatus"], reply["principalId"]) == (0, "ann")
    assert orjson.loads(reply["policy"])["Statement"][0]["Effect"] == "Allow"
    assert refused["clientStatus"] == 401


async def test_an_unsigned_request_is_refused_where_signatures_are_asked_for(
    world: World,
) -> None:
    api = await make_api(world.context)
    named = await make_method(world.context, api, authorizationType="AWS_IAM")
    await answers(world.context, named)
    await deploy(world.context, api)

    reply = await ask(world, api)

    assert (reply.status, told(reply)) == (403, {"message": "Missing Authentication Token"})


async def keyed_api(context: Context, **plan: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """An API that asks for keys, a plan, and the value of a key that is in it."""
    api = await make_api(context)
    named = await make_method(context, api, apiKeyRequired=True)
    await answers(
        context, named, responseTemplates={"application/json": "$context.identity.apiKeyId"}
    )
    await deploy(context, api)
    made = await call(
        context,
        "CreateUsagePlan",
        name="gold",
        apiStages=[{"apiId": api["id"], "stage": "live"}],
        **plan,
    )
    key = await call(context, "CreateApiKey", name="customer", enabled=True)
    await call(
        context, "CreateUsagePlanKey", usagePlanId=made["id"], keyId=key["id"], keyType="API_KEY"
    )
    return api, {**made, "keyId": key["id"]}, key["value"]


async def test_a_key_opens_the_stages_of_its_plan(world: World) -> None:
    api, plan, key = await keyed_api(world.context)

    reply = await ask(world, api, x_api_key=key)

    assert (reply.status, reply.body) == (200, plan["keyId"].encode())
    for headers in ({}, {"x_api_key": "wrong"}):
        refused = await ask(world, api, **headers)
        assert (refused.status, told(refused)) == (403, {"message": "Forbidden"})
    await call(
        world.context,
        "UpdateApiKey",
        apiKey=plan["keyId"],
        patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}],
    )
    assert (await ask(world, api, x_api_key=key)).status == 403


async def test_a_plan_limits_the_rate(world: World) -> None:
    api, _, key = await keyed_api(world.context, throttle={"rateLimit": 1.0, "burstLimit": 2})

    async def statuses(number: int) -> list[int]:
        return [(await ask(world, api, x_api_key=key)).status for _ in range(number)]

    assert await statuses(3) == [200, 200, 429]
    world.clock.advance(1)
    assert await statuses(2) == [200, 429]


async def test_a_plan_limits_how_much_is_used_in_a_period(world: World) -> None:
    context = world.context
    api, plan, key = await keyed_api(context, quota={"limit": 2, "period": "DAY"})

    statuses = [(await ask(world, api, x_api_key=key)).status for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert told(await ask(world, api, x_api_key=key)) == {"message": "Limit Exceeded"}
    today = datetime.datetime.fromtimestamp(world.clock.now(), datetime.UTC).date().isoformat()
    named = {"usagePlanId": plan["id"], "keyId": plan["keyId"]}
    used = await call(context, "GetUsage", **named, startDate=today, endDate=today)
    assert used["items"] == {plan["keyId"]: [[2, 0]]}
    more = {"op": "replace", "path": "/remaining", "value": "1"}
    await call(context, "UpdateUsage", **named, patchOperations=[more])
    assert (await ask(world, api, x_api_key=key)).status == 200
    assert (await ask(world, api, x_api_key=key)).status == 429
    world.clock.advance(86_400)
    assert (await ask(world, api, x_api_key=key)).status == 200


async def test_a_stage_limits_the_rate_of_a_method(world: World) -> None:
    api = await make_api(world.context)
    named = await make_method(world.context, api)
    await answers(world.context, named)
    await deploy(world.context, api)
    await call(
        world.context,
        "UpdateStage",
        restApiId=api["id"],
        stageName="live",
        patchOperations=[
            {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "1"},
            {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "1"},
        ],
    )

    replies = [await ask(world, api) for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 429]
    assert told(replies[1]) == {"message": "Too Many Requests"}
