"""Routes that call AWS services without a function between."""

from datetime import UTC, datetime
from typing import Any

import orjson

from tests.conftest import World
from tests.services.apigatewayv2.http_apis import ROLE, Client, call, make_api, make_route


async def open_api(world: World, subtype: str, parameters: dict[str, str]) -> Client:
    api_id = await make_api(world.context)
    integration = await call(
        world.context,
        "CreateIntegration",
        ApiId=api_id,
        IntegrationType="AWS_PROXY",
        IntegrationSubtype=subtype,
        PayloadFormatVersion="1.0",
        CredentialsArn=ROLE,
        RequestParameters=parameters,
    )
    await make_route(world.context, api_id, "POST /", integration["IntegrationId"])
    await call(world.context, "CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    return Client(world, api_id)


async def new_queue(world: World) -> str:
    made = await world.context.call("sqs", "CreateQueue", {"QueueName": "orders"})
    return str(made["QueueUrl"])


async def received(world: World, queue: str) -> list[Any]:
    reply = await world.context.call("sqs", "ReceiveMessage", {"QueueUrl": queue})
    return [message["Body"] for message in reply.get("Messages", ())]


async def test_a_route_sends_a_message(world: World) -> None:
    queue = await new_queue(world)
    client = await open_api(
        world,
        "SQS-SendMessage",
        {"QueueUrl": queue, "MessageBody": "$request.body.order", "DelaySeconds": "5"},
    )

    reply = await client.ask("/", "POST", b'{"order": {"id": 1}}', content_type="application/json")

    assert reply.status == 200
    assert orjson.loads(reply.body)["MessageId"]  # type: ignore[arg-type]
    assert await received(world, queue) == []
    await world.advance(5)
    assert await received(world, queue) == ['{"id":1}']


async def test_what_a_service_refuses_is_its_own_answer(world: World) -> None:
    client = await open_api(
        world,
        "SQS-SendMessage",
        {"QueueUrl": "http://localhost/000000000000/none", "MessageBody": "$request.body"},
    )

    reply = await client.ask("/", "POST", b"hello", content_type="text/plain")
    assert reply.status == 400
    assert b"QueueDoesNotExist" in reply.body  # type: ignore[operator]


async def test_a_parameter_that_is_no_number_is_a_bad_request(world: World) -> None:
    queue = await new_queue(world)
    client = await open_api(
        world,
        "SQS-SendMessage",
        {"QueueUrl": queue, "MessageBody": "x", "DelaySeconds": "$request.header.delay"},
    )

    assert (await client.ask("/", "POST", delay="soon")).status == 400
    assert (await client.ask("/", "POST", delay="0")).status == 200


async def test_a_route_puts_an_event_on_a_bus(world: World) -> None:
    queue = await new_queue(world)
    arn = "arn:aws:sqs:us-east-1:000000000000:orders"
    await world.context.call(
        "events", "PutRule", {"Name": "all", "EventPattern": '{"source": ["shop"]}'}
    )
    transformer = {
        "InputPathsMap": {"detail": "$.detail", "time": "$.time"},
        "InputTemplate": '{"detail": <detail>, "time": "<time>"}',
    }
    target = {"Id": "queue", "Arn": arn, "InputTransformer": transformer}
    await world.context.call("events", "PutTargets", {"Rule": "all", "Targets": [target]})
    client = await open_api(
        world,
        "EventBridge-PutEvents",
        {
            "Detail": "$request.body",
            "DetailType": "$request.header.kind",
            "Source": "shop",
            "Time": "$context.requestTimeEpoch",
        },
    )

    reply = await client.ask(
        "/", "POST", b'{"id": 1}', content_type="application/json", kind="order"
    )
    await world.settle()

    assert orjson.loads(reply.body)["FailedEntryCount"] == 0  # type: ignore[arg-type]
    moment = datetime.fromtimestamp(world.clock.now(), UTC)
    [event] = [orjson.loads(body) for body in await received(world, queue)]
    assert event == {"detail": {"id": 1}, "time": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}


async def test_a_route_runs_an_express_workflow(world: World) -> None:
    machine = await world.context.call(
        "stepfunctions",
        "CreateStateMachine",
        {
            "name": "orders",
            "type": "EXPRESS",
            "roleArn": ROLE,
            "definition": orjson.dumps(
                {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
            ).decode(),
        },
    )
    client = await open_api(
        world,
        "StepFunctions-StartSyncExecution",
        {"StateMachineArn": machine["stateMachineArn"], "Input": "$request.body"},
    )

    answer = await client.json("/", "POST", b'{"id": 1}')

    assert (answer["status"], orjson.loads(answer["output"])) == ("SUCCEEDED", {"id": 1})
