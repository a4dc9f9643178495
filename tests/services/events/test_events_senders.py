"""Other services put events on buses: the scheduler, and what becomes of asynchronous invokes."""

import orjson

from tests.conftest import World
from tests.services.events.listening import ROLE, bodies, bus_arn, listen
from tests.services.lambda_.functions import ARN, create, zipped

_FAILS = "def handler(event, context):\n    raise ValueError('no')\n"


async def test_a_schedule_puts_its_input_as_an_event(world: World) -> None:
    context = world.context
    await listen(context, "heard", {"source": ["clock"], "detail-type": ["Tick"]})
    target = {
        "Arn": bus_arn("default"),
        "RoleArn": ROLE,
        "Input": '{"tick": 1}',
        "EventBridgeParameters": {"Source": "clock", "DetailType": "Tick"},
    }
    schedule = {
        "Name": "tick",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }
    await context.call("scheduler", "CreateSchedule", schedule)
    await world.advance(1)
    assert [event["detail"] for event in await bodies(context, "heard")] == [{"tick": 1}]


async def test_destinations_of_a_function_tell_a_bus_how_it_went(world: World) -> None:
    context = world.context
    await context.call("events", "CreateEventBus", {"Name": "results"})
    await listen(context, "heard", {"source": ["lambda"]}, bus="results")
    for name, package in (("good", None), ("bad", {"ZipFile": zipped(_FAILS)})):
        await create(context, name, **({"Code": package} if package else {}))
        await world.settle()
        config = {
            "FunctionName": name,
            "MaximumRetryAttempts": 0,
            "DestinationConfig": {
                "OnSuccess": {"Destination": bus_arn("results")},
                "OnFailure": {"Destination": bus_arn("results")},
            },
        }
        await context.call("lambda", "PutFunctionEventInvokeConfig", config)
        invoke = {"FunctionName": name, "InvocationType": "Event", "Payload": b'{"n": 1}'}
        await context.call("lambda", "Invoke", invoke)
        await world.settle()

    told = {event["detail-type"]: event for event in await bodies(context, "heard")}

    good = told["Lambda Function Invocation Result - Success"]
    assert good["resources"] == [bus_arn("results"), f"{ARN}good:$LATEST"]
    assert good["detail"]["requestContext"]["condition"] == "Success"
    assert good["detail"]["responsePayload"] == {"n": 1}
    bad = told["Lambda Function Invocation Result - Failure"]
    assert bad["detail"]["requestContext"]["condition"] == "RetriesExhausted"
    assert orjson.dumps(bad["detail"]["responsePayload"]).startswith(b'{"errorMessage":"no"')
