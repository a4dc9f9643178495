"""What X-Ray hears of executions, as one tree."""

from dataclasses import replace
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.workflows import ROLE, Workflows, chain, task
from tests.services.xray.traces_read import documents, tree

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"
TRACED = {"tracingConfiguration": {"enabled": True}}
PASS = {"Type": "Pass"}
MACHINE = "AWS::StepFunctions::StateMachine"
QUEUE = "https://sqs.us-east-1.amazonaws.com/000000000000/orders"
SEND = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": QUEUE, "MessageBody": "hello"},
}


def lines(*states: dict[str, Any]) -> list[dict[str, Any]]:
    return [chain(**one) for one in states]


async def traced(workflows: Workflows, definition: Any, given: Any = None, **params: Any) -> Any:
    """The tree of an execution, begun with `params`."""
    machine = await workflows.create(definition, **TRACED)
    await workflows.start(machine, given, **params)
    await workflows.world.settle()
    return tree(await documents(workflows.context))


async def none_heard(workflows: Workflows) -> bool:
    now = workflows.context.clock.now()
    window = {"StartTime": now - 3_600, "EndTime": now + 3_600}
    reply = await workflows.context.call("xray", "GetTraceSummaries", window)
    return not reply["TraceSummaries"]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_an_execution_is_a_segment_with_its_states(workflows: Workflows, kind: str) -> None:
    machine = await workflows.create(chain(First=PASS, Last=PASS), **TRACED, type=kind)
    arn = await workflows.start(machine)
    await workflows.world.settle()

    (segment,) = await documents(workflows.context)
    assert tree([segment]) == {MACHINE: {"First": {}, "Last": {}}}
    assert (segment["name"], segment["resource_arn"]) == ("machine", machine)
    assert segment["aws"]["execution_arn"] == arn
    assert "fault" not in segment and "in_progress" not in segment


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_calls_stand_below_their_state_and_hand_the_header_on(
    workflows: Workflows, kind: str
) -> None:
    queue = await workflows.context.call("sqs", "CreateQueue", {"QueueName": "orders"})
    send = {**SEND, "Parameters": {"QueueUrl": queue["QueueUrl"], "MessageBody": "hello"}}
    machine = await workflows.create(chain(Tell=send, Last=PASS), **TRACED, type=kind)
    await workflows.start(machine)
    await workflows.world.settle()

    (segment,) = await documents(workflows.context)
    assert tree([segment]) == {MACHINE: {"Tell": {"SQS": {}}, "Last": {}}}
    (call,) = segment["subsegments"][0]["subsegments"]
    assert call["namespace"] == "aws"
    assert call["aws"]["operation"] == "SendMessage"
    assert call["aws"]["queue_url"] == queue["QueueUrl"]
    asked = {"QueueUrl": queue["QueueUrl"], "MessageSystemAttributeNames": ["All"]}
    reply = await workflows.context.call("sqs", "ReceiveMessage", asked)
    header = reply["Messages"][0]["Attributes"]["AWSTraceHeader"]
    assert header == f"Root={segment['trace_id']};Parent={call['id']};Sampled=1"


async def test_executions_that_others_begin_stand_in_the_same_trace(
    workflows: Workflows,
) -> None:
    """
    A state starts one, and a rule starts another for an event that it has put.
    """
    call = workflows.context.call
    inner = await workflows.create(chain(Inner=PASS), "inner", **TRACED)
    rule = {"Name": "orders", "EventPattern": '{"source": ["shop"]}'}
    await call("events", "PutRule", rule)
    target = {"Id": "1", "Arn": inner, "RoleArn": ROLE}
    await call("events", "PutTargets", {"Rule": "orders", "Targets": [target]})
    begin = task("states:startExecution", {"StateMachineArn": inner})
    entry = {"Source": "shop", "DetailType": "order", "Detail": {}}
    put = task("events:putEvents", {"Entries": [entry]})
    machine = await workflows.create(chain(Begin=begin, Put=put), **TRACED)
    await workflows.start(machine)
    await workflows.world.settle()

    inside = {MACHINE: {"Inner": {}}}
    assert tree(await documents(workflows.context)) == {
        MACHINE: {"Begin": {"SFN": inside}, "Put": {"EventBridge": inside}}
    }


async def test_states_of_maps_and_parallels_stand_below_them(workflows: Workflows) -> None:
    inner = {"Type": "Map", "ItemProcessor": chain(Deep={"Type": "Wait", "Seconds": 1})}
    definition = chain(
        Each={
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 1,
            "ItemProcessor": chain(Before=PASS, Inner={**inner, "ItemsPath": "$"}, Beyond=PASS),
        },
        Both={
            "Type": "Parallel",
            "Branches": lines({"Left": PASS}, {"Right": {"Type": "Wait", "Seconds": 2}}),
        },
        Last=PASS,
    )
    machine = await workflows.create(definition, **TRACED)
    await workflows.start(machine, {"items": [[1, 2], []]})
    await workflows.world.settle()
    await workflows.world.advance(1)
    await workflows.world.advance(2)

    (segment,) = await documents(workflows.context)
    assert tree([segment]) == {
        MACHINE: {
            "Each": {"Before": {}, "Inner": {"Deep": {}}, "Beyond": {}},
            "Both": {"Left": {}, "Right": {}},
            "Last": {},
        }
    }
    spans = {one["name"]: one["end_time"] - one["start_time"] for one in segment["subsegments"]}
    assert spans == {"Each": 1, "Both": 2, "Last": 0}
    each = segment["subsegments"][0]["subsegments"]
    assert sorted(one["name"] for one in each) == sorted(["Before", "Inner", "Beyond"] * 2)


async def test_what_runs_is_in_progress(workflows: Workflows) -> None:
    machine = await workflows.create(
        chain(First=PASS, Pause={"Type": "Wait", "Seconds": 60}), **TRACED
    )
    await workflows.start(machine)

    (segment,) = await documents(workflows.context)
    assert segment["in_progress"] is True
    assert tree([segment]) == {MACHINE: {"First": {}}}
    await workflows.world.advance(60)
    (segment,) = await documents(workflows.context)
    assert "in_progress" not in segment
    assert tree([segment]) == {MACHINE: {"First": {}, "Pause": {}}}


async def test_what_fails_is_a_fault_with_its_cause(workflows: Workflows) -> None:
    stop = {"Type": "Fail", "Error": "Shop.Closed", "Cause": "It is late."}
    machine = await workflows.create({"StartAt": "Stop", "States": {"Stop": stop}}, **TRACED)
    await workflows.start(machine)

    (segment,) = await documents(workflows.context)
    (state,) = segment["subsegments"]
    for part in (segment, state):
        (exception,) = part["cause"]["exceptions"]
        assert part["fault"] is True
        assert (exception["type"], exception["message"]) == ("Shop.Closed", "It is late.")


async def test_a_caught_failure_is_of_the_call_and_its_state(workflows: Workflows) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Last"}]
    found = await traced(workflows, chain(Tell={**SEND, "Catch": catch}, Last=PASS))

    (segment,) = await documents(workflows.context)
    assert found == {MACHINE: {"Tell": {"SQS": {}}, "Last": {}}}
    tell = segment["subsegments"][0]
    assert "fault" not in segment
    assert tell["fault"] is True and tell["subsegments"][0]["fault"] is True


async def test_a_failure_within_a_map_is_of_the_map_too(workflows: Workflows) -> None:
    stop = {"Type": "Fail", "Error": "Broken"}
    each = {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "Stop", "States": {"Stop": stop}},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Last"}],
    }
    found = await traced(workflows, chain(Each=each, Last=PASS), [1])

    assert found == {MACHINE: {"Each": {"Stop": {}}, "Last": {}}}
    (segment,) = await documents(workflows.context)
    each_of, last = segment["subsegments"]
    assert each_of["fault"] is True and each_of["subsegments"][0]["fault"] is True
    assert "fault" not in last and "fault" not in segment


async def test_a_trace_that_comes_is_continued(workflows: Workflows) -> None:
    header = f"Root={ROOT};Parent={PARENT};Sampled=1"
    machine = await workflows.create(chain(Only=PASS), **TRACED)
    arn = await workflows.start(machine, traceHeader=header)

    (segment,) = await documents(workflows.context, ROOT)
    assert segment["parent_id"] == PARENT
    assert (await workflows.describe(arn))["traceHeader"] == header


async def test_a_requests_own_header_comes_before_the_parameter(workflows: Workflows) -> None:
    machine = await workflows.create(chain(Only=PASS), **TRACED)
    request = {"x-amzn-trace-id": f"Root={ROOT};Sampled=1"}
    asking = replace(workflows.context, request=request)
    other = f"Root={ROOT[:-1]}0;Sampled=1"
    asked = {"stateMachineArn": machine, "traceHeader": other}
    await asking.call("stepfunctions", "StartExecution", asked)

    assert len(await documents(workflows.context, ROOT)) == 1


async def test_nothing_is_told_where_nobody_asked_for_it(workflows: Workflows) -> None:
    plain = await workflows.create(chain(Only=PASS), "plain")
    await workflows.start(plain, traceHeader=f"Root={ROOT};Sampled=1")
    asked = await workflows.create(chain(Only=PASS), "asked", **TRACED)
    await workflows.start(asked, traceHeader=f"Root={ROOT};Sampled=0")

    assert await none_heard(workflows)


async def test_one_execution_a_second_is_traced_for_certain(workflows: Workflows) -> None:
    machine = await workflows.create(chain(Only=PASS), **TRACED)
    headers = []
    for _ in range(40):
        execution = await workflows.describe(await workflows.start(machine))
        headers.append(execution["traceHeader"].rpartition("Sampled=")[2])

    assert headers[0] == "1"
    assert headers.count("0") > 20


async def test_a_stopped_execution_is_an_error(workflows: Workflows) -> None:
    machine = await workflows.create(chain(Pause={"Type": "Wait", "Seconds": 60}), **TRACED)
    arn = await workflows.start(machine)
    await workflows.call("StopExecution", executionArn=arn)

    (segment,) = await documents(workflows.context)
    assert segment["error"] is True
    assert [one["name"] for one in segment["subsegments"]] == ["Pause"]


async def test_a_trace_goes_on_after_the_node_has_forgotten_the_execution(
    workflows: Workflows,
) -> None:
    """
    What is told needs nothing but what the store has.
    """
    machine = await workflows.create(
        chain(First=PASS, Pause={"Type": "Wait", "Seconds": 60}, Last=PASS), **TRACED
    )
    await workflows.start(machine)
    workflows.world.platform.caches.clear()
    await workflows.world.advance(60)

    assert tree(await documents(workflows.context)) == {
        MACHINE: {"First": {}, "Pause": {}, "Last": {}}
    }


async def test_a_call_that_cannot_be_made_is_told_of(workflows: Workflows) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    machine = await workflows.create(chain(Tell={**SEND, "Retry": retry}), **TRACED)
    await workflows.start(machine)
    await workflows.world.settle()
    await workflows.world.advance(1)

    (segment,) = await documents(workflows.context)
    (state,) = segment["subsegments"]
    assert [one["name"] for one in state["subsegments"]] == ["SQS", "SQS"]
    with pytest.raises(AwsError):
        await workflows.context.call("sqs", "GetQueueUrl", {"QueueName": "orders"})
