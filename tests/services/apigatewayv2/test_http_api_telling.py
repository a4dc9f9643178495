"""What an HTTP API tells of its requests: access logs and metrics."""

import orjson

from tests.conftest import World
from tests.services.apigatewayv2.http_apis import (
    Client,
    call,
    header,
    make_api,
    make_integration,
    make_route,
)
from tests.services.lambda_.functions import answering, create

FORMAT = orjson.dumps(
    {
        "id": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "route": "$context.routeKey",
        "status": "$context.status",
        "length": "$context.responseLength",
        "integration": "$context.integrationStatus",
        "function": "$context.integration.status",
        "error": "$context.error.message",
        "user": "$context.authorizer.principalId",
        "none": "$context.nothing",
    }
).decode()


async def open_api(world: World, answer: object) -> Client:
    await create(world.context, Code={"ZipFile": answering(answer)})
    await world.settle()
    api_id = await make_api(world.context)
    integration = await make_integration(world.context, api_id)
    await make_route(world.context, api_id, "GET /pets", integration)
    group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/api/shop"
    await call(
        world.context,
        "CreateStage",
        ApiId=api_id,
        StageName="$default",
        AutoDeploy=True,
        AccessLogSettings={"DestinationArn": group, "Format": FORMAT},
        DefaultRouteSettings={"DetailedMetricsEnabled": True},
    )
    return Client(world, api_id)


async def test_every_request_is_a_line_of_the_access_log(world: World) -> None:
    client = await open_api(world, {"statusCode": 201, "body": "made"})
    await world.context.call("logs", "CreateLogGroup", {"logGroupName": "/aws/api/shop"})

    reply = await client.ask("/pets")
    await client.ask("/none")

    found = await world.context.call("logs", "FilterLogEvents", {"logGroupName": "/aws/api/shop"})
    lines = [orjson.loads(event["message"]) for event in found["events"]]
    assert lines == [
        {
            "id": header(reply, "apigw-requestid"),
            "ip": "127.0.0.1",
            "route": "GET /pets",
            "status": "201",
            "length": "4",
            "integration": "200",
            "function": "201",
            "error": "-",
            "user": "-",
            "none": "-",
        },
        {
            **dict.fromkeys(lines[0], "-"),
            "id": lines[1]["id"],
            "ip": "127.0.0.1",
            "status": "404",
            "length": "23",
            "error": "Not Found",
        },
    ]


async def test_a_log_group_that_is_not_there_fails_no_request(world: World) -> None:
    client = await open_api(world, {"statusCode": 200})

    assert (await client.ask("/pets")).status == 200


async def test_requests_are_counted(world: World) -> None:
    client = await open_api(world, {"statusCode": 404})
    for target in ("/pets", "/pets", "/none"):
        await client.ask(target)
    await world.platform.metrics.write()

    async def sums(metric: str, *dimensions: tuple[str, str]) -> list[float]:
        now = world.clock.now()
        reply = await world.context.call(
            "cloudwatch",
            "GetMetricStatistics",
            {
                "Namespace": "AWS/ApiGateway",
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
                "StartTime": now - 120,
                "EndTime": now + 120,
                "Period": 60,
                "Statistics": ["Sum"],
            },
        )
        return [point["Sum"] for point in reply["Datapoints"]]

    api, stage = ("ApiId", client.api_id), ("Stage", "$default")
    assert await sums("Count", api) == [3.0]
    assert await sums("4xx", api, stage) == [3.0]
    assert await sums("5xx", api) == [0.0]
    route = (api, ("Method", "GET"), ("Resource", "/pets"), stage)
    assert await sums("Count", *route) == [2.0]
    assert len(await sums("IntegrationLatency", api)) == 1
