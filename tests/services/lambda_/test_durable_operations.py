"""What a durable function checkpoints, and what happens to it between two invocations."""

from typing import Any

import orjson
import pytest

from tests.conftest import World
from tests.services.lambda_.durable_functions import (
    PENDING,
    Durable,
    Run,
    callback,
    chained,
    durable_world,
    step,
    succeeded,
    wait,
)
from tests.services.lambda_.functions import answering, call, create, refused, zipped


@pytest.fixture
def durable(world: World) -> Durable:
    return durable_world(world)


async def details(durable: Durable, arn: str, event: str) -> list[dict[str, Any]]:
    """The details of the events of one type."""
    events = await durable.history(arn)
    return [one.get(f"{event}Details", {}) for one in events if one["EventType"] == event]


async def test_a_step_is_tried_again_after_its_delay(durable: Durable) -> None:
    async def trying(run: Run) -> Any:
        tried = run.operations.get("s", {}).get("StepDetails", {}).get("Attempt", 0)
        if run.status("s") in (None, "READY"):
            await run.checkpoint(step("s", "START"))
            if tried < 2:
                error = {"ErrorType": "Busy", "ErrorMessage": f"try {tried + 1}"}
                options = {"NextAttemptDelaySeconds": 30}
                await run.checkpoint(step("s", "RETRY", Error=error, StepOptions=options))
                return PENDING
            await run.checkpoint(step("s", "SUCCEED", Payload='"at last"'))
        return succeeded(run.operations["s"]["StepDetails"]["Attempt"])

    await durable.function(trying)
    arn = await durable.start()
    assert len(durable.runs) == 1
    await durable.world.advance(29)
    assert len(durable.runs) == 1
    await durable.world.advance(1)
    assert len(durable.runs) == 2
    [root, tried] = durable.runs[1]["InitialExecutionState"]["Operations"]
    assert root["Type"] == "EXECUTION"
    assert (tried["Status"], tried["StepDetails"]["Attempt"]) == ("READY", 1)
    await durable.world.advance(30)

    assert (await durable.get(arn))["Result"] == "3"
    failures = await details(durable, arn, "StepFailed")
    assert [failure["RetryDetails"] for failure in failures] == [
        {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 30},
        {"CurrentAttempt": 2, "NextAttemptDelaySeconds": 30},
    ]


async def test_what_happens_during_an_invocation_is_in_the_answer_of_a_checkpoint(
    durable: Durable,
) -> None:
    async def running_on(run: Run) -> Any:
        await run.checkpoint(wait("w", 10))
        durable.world.clock.advance(10)
        reply = await run.checkpoint()
        assert [one["Id"] for one in reply["NewExecutionState"]["Operations"]] == ["w"]
        assert (await run.checkpoint())["NewExecutionState"]["Operations"] == []
        return succeeded(run.status("w"))

    await durable.function(running_on)
    arn = await durable.start()
    assert (await durable.get(arn))["Result"] == '"SUCCEEDED"'
    assert len(durable.runs) == 1


async def test_a_used_token_is_refused_and_a_repeated_checkpoint_is_answered_again(
    durable: Durable,
) -> None:
    async def checkpointing(run: Run) -> Any:
        first = run.token
        update = step("s", "SUCCEED", Payload="1")
        reply = await run.checkpoint(update, ClientToken="once")
        asked = {"DurableExecutionArn": run.arn, "CheckpointToken": first}
        again = await call(
            run.context,
            "CheckpointDurableExecution",
            **asked,
            ClientToken="once",
            Updates=[update],
        )
        assert again == reply
        invalid = ("InvalidParameterValueException", "Invalid checkpoint token")
        assert await refused(run.context, "CheckpointDurableExecution", **asked) == invalid
        assert await refused(run.context, "GetDurableExecutionState", **asked) == invalid
        return succeeded(None)

    await durable.function(checkpointing)
    arn = await durable.start()
    assert await durable.status(arn) == "SUCCEEDED"
    code, words = await refused(
        durable.context,
        "CheckpointDurableExecution",
        DurableExecutionArn=arn,
        CheckpointToken=durable.runs[0]["CheckpointToken"],
    )
    assert (code, words) == ("InvalidParameterValueException", "Invalid checkpoint token")


async def test_a_token_of_another_execution_is_refused(durable: Durable) -> None:
    tokens: list[tuple[str, str]] = []

    async def crossing(run: Run) -> Any:
        tokens.append((run.arn, run.token))
        if len(tokens) == 2:
            assert await refused(
                run.context,
                "CheckpointDurableExecution",
                DurableExecutionArn=tokens[0][0],
                CheckpointToken=run.token,
            ) == (
                "InvalidParameterValueException",
                "Checkpoint token is not valid for the durable execution ARN",
            )
        return succeeded(None)

    await durable.function(crossing)
    await durable.start()
    assert await durable.status(await durable.start()) == "SUCCEEDED"


async def test_a_refused_checkpoint_changes_nothing(durable: Durable) -> None:
    async def wrong(run: Run) -> Any:
        code, words = await refused(
            run.context,
            "CheckpointDurableExecution",
            DurableExecutionArn=run.arn,
            CheckpointToken=run.token,
            Updates=[step("a", "SUCCEED"), step("b", "START", ParentId="nobody")],
        )
        assert (code, words) == ("InvalidParameterValueException", "Invalid parent operation id.")
        await run.checkpoint(step("a", "SUCCEED"))
        return succeeded(None)

    await durable.function(wrong)
    arn = await durable.start()
    assert await durable.told(arn) == [
        "ExecutionStarted",
        "StepSucceeded",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]


async def awaiting(run: Run) -> Any:
    """A callback; its answer or its error is the result."""
    if run.status("c") is None:
        await run.checkpoint(callback("c", TimeoutSeconds=3600, HeartbeatTimeoutSeconds=60))
    answer = run.operations["c"]["CallbackDetails"]
    if run.status("c") == "STARTED":
        return PENDING
    return succeeded(answer.get("Result") or answer["Error"])


async def callback_id(durable: Durable, arn: str) -> str:
    [started] = await details(durable, arn, "CallbackStarted")
    assert started["Timeout"] == 3600
    assert started["HeartbeatTimeout"] == 60
    id: str = started["CallbackId"]
    return id


async def test_a_callback_is_answered_from_outside(durable: Durable) -> None:
    await durable.function(awaiting)
    arn = await durable.start()
    id = await callback_id(durable, arn)
    await call(
        durable.context, "SendDurableExecutionCallbackSuccess", CallbackId=id, Result=b'"yes"'
    )
    await durable.world.settle()

    assert orjson.loads((await durable.get(arn))["Result"]) == '"yes"'
    for operation in ("Success", "Failure", "Heartbeat"):
        assert await refused(
            durable.context, f"SendDurableExecutionCallback{operation}", CallbackId=id
        ) == (
            "CallbackTimeoutException",
            "The callback is either timed out or already completed",
        )
    assert await refused(
        durable.context, "SendDurableExecutionCallbackHeartbeat", CallbackId="bm8="
    ) == ("InvalidParameterValueException", "Invalid callback id")


async def test_a_callback_fails_with_the_error_that_is_sent(durable: Durable) -> None:
    await durable.function(awaiting)
    arn = await durable.start()
    error = {"ErrorType": "Refused", "ErrorMessage": "not today", "StackTrace": ["here"]}
    await call(
        durable.context,
        "SendDurableExecutionCallbackFailure",
        CallbackId=await callback_id(durable, arn),
        Error=error,
    )
    await durable.world.settle()

    assert orjson.loads((await durable.get(arn))["Result"]) == error
    [failed] = await details(durable, arn, "CallbackFailed")
    assert failed["Error"] == {"Payload": error, "Truncated": False}


async def test_a_callback_lives_by_its_heartbeats_and_no_longer_than_its_timeout(
    durable: Durable,
) -> None:
    await durable.function(awaiting)
    silent, alive = await durable.start(), await durable.start()
    await durable.world.advance(59)
    for _ in range(3600 // 50):
        await call(
            durable.context,
            "SendDurableExecutionCallbackHeartbeat",
            CallbackId=await callback_id(durable, alive),
        )
        await durable.world.advance(49)

    late = orjson.loads((await durable.get(silent))["Result"])
    assert late["ErrorType"] == "Callback.Heartbeat"
    assert await durable.status(alive) == "RUNNING"
    await call(
        durable.context,
        "SendDurableExecutionCallbackHeartbeat",
        CallbackId=await callback_id(durable, alive),
    )
    await durable.world.advance(60)
    late = orjson.loads((await durable.get(alive))["Result"])
    assert late == {"ErrorType": "Callback.Timeout", "ErrorMessage": "Callback timed out"}
    assert "CallbackTimedOut" in await durable.told(alive)


async def chaining(run: Run) -> Any:
    if run.status("i") is None:
        target = run.input
        await run.checkpoint(chained("i", target, '{"n":1}'))
    if run.status("i") == "STARTED":
        return PENDING
    return succeeded([run.status("i"), run.operations["i"]["ChainedInvokeDetails"]])


async def chain(durable: Durable, target: str) -> tuple[str, Any]:
    arn = await durable.start(event=target)
    return arn, orjson.loads((await durable.get(arn))["Result"])


async def test_another_function_is_run_and_waited_for(durable: Durable) -> None:
    await durable.function(chaining)
    await create(durable.context, "plain")
    await create(durable.context, "broken", Code={"ZipFile": zipped("def handler(e, c): 1/0\n")})
    await durable.world.settle()

    arn, answer = await chain(durable, "plain")
    assert answer == ["SUCCEEDED", {"Result": '{"n": 1}'}]
    [started] = await details(durable, arn, "ChainedInvokeStarted")
    assert started["FunctionName"] == "plain"
    assert started["ExecutedVersion"] == "$LATEST"
    assert started["Input"]["Payload"] == '{"n":1}'

    _, [status, told] = await chain(durable, "broken")
    assert status == "FAILED"
    assert told["Error"]["ErrorType"] == "ZeroDivisionError"

    arn, [status, told] = await chain(durable, "nobody")
    assert (status, told["Error"]["ErrorType"]) == ("FAILED", "ResourceNotFoundException")
    assert await details(durable, arn, "ChainedInvokeStarted") == [{"FunctionName": "nobody"}]


async def test_a_durable_function_that_is_run_has_an_execution_of_its_own(
    durable: Durable,
) -> None:
    async def child(run: Run) -> Any:
        if run.status("w") is None:
            await run.checkpoint(wait("w", 3600))
        return succeeded("grown") if run.status("w") == "SUCCEEDED" else PENDING

    await durable.function(chaining)
    await durable.function(child, "child")
    arn = await durable.start(event="child:$LATEST")
    [started] = await details(durable, arn, "ChainedInvokeStarted")
    own = started["DurableExecutionArn"]
    assert await durable.status(own) == "RUNNING"
    await durable.world.advance(3600)

    assert await durable.status(own) == "SUCCEEDED"
    answer = orjson.loads((await durable.get(arn))["Result"])
    assert answer == ["SUCCEEDED", {"Result": '"grown"'}]

    _, [status, told] = await chain(durable, "child")
    assert status == "FAILED"
    assert told["Error"]["ErrorMessage"] == (
        "You cannot invoke a durable function using an unqualified ARN."
    )


@pytest.mark.parametrize(
    ("limit", "status", "error"),
    [
        (
            60,
            "TIMED_OUT",
            {
                "ErrorType": "ChainedInvoke.Timeout",
                "ErrorMessage": "CHAINED_INVOKE timed out after 60 seconds.",
            },
        ),
        (864_000, "STOPPED", {"ErrorMessage": "by hand"}),
    ],
)
async def test_a_child_that_is_ended_ends_the_operation_of_its_parent(
    durable: Durable, limit: int, status: str, error: dict[str, str]
) -> None:
    async def child(run: Run) -> Any:
        await run.checkpoint(wait("w", 86_400))
        return PENDING

    await durable.function(chaining)
    await durable.function(child, "child", ExecutionTimeout=limit)
    arn = await durable.start(event="child:$LATEST")
    [started] = await details(durable, arn, "ChainedInvokeStarted")
    await durable.world.advance(61)
    await call(
        durable.context,
        "StopDurableExecution",
        DurableExecutionArn=started["DurableExecutionArn"],
        Error={"ErrorMessage": "by hand"},
    )
    await durable.world.settle()

    answer = orjson.loads((await durable.get(arn))["Result"])
    assert answer == [status, {"Error": error}]


async def test_functions_of_other_places_and_tenants_are_not_run(durable: Durable) -> None:
    async def abroad(run: Run) -> Any:
        words = []
        for place in ("us-east-1:111111111111", "eu-west-1:000000000000"):
            update = chained("i", f"arn:aws:lambda:{place}:function:f")
            _, message = await refused(
                run.context,
                "CheckpointDurableExecution",
                DurableExecutionArn=run.arn,
                CheckpointToken=run.token,
                Updates=[update],
            )
            words.append(message)
        update = chained("i", "f")
        update["ChainedInvokeOptions"]["TenantId"] = "t"
        code, _ = await refused(
            run.context,
            "CheckpointDurableExecution",
            DurableExecutionArn=run.arn,
            CheckpointToken=run.token,
            Updates=[update],
        )
        return succeeded([*words, code])

    await durable.function(abroad)
    arn = await durable.start()
    assert orjson.loads((await durable.get(arn))["Result"]) == [
        "Cannot start a CHAINED_INVOKE on a function in another account.",
        "Cannot start a CHAINED_INVOKE on a function in another region.",
        "NotSupportedByLambent",
    ]


async def test_a_replay_leaves_out_what_a_finished_context_held(durable: Durable) -> None:
    def context(id: str, action: str, **more: Any) -> dict[str, Any]:
        return {"Id": id, "Type": "CONTEXT", "Action": action, **more}

    async def nesting(run: Run) -> Any:
        if run.status("w") is None:
            await run.checkpoint(
                context("folded", "START"),
                step("inner", "SUCCEED", ParentId="folded"),
                context("deeper", "START", ParentId="folded"),
                step("innermost", "SUCCEED", ParentId="deeper"),
                context("kept", "START"),
                step("shown", "SUCCEED", ParentId="kept"),
                wait("w", 5),
            )
            await run.checkpoint(
                context("folded", "SUCCEED", Payload="1"),
                context("kept", "SUCCEED", ContextOptions={"ReplayChildren": True}),
            )
            return PENDING
        return succeeded(None)

    await durable.function(nesting)
    arn = await durable.start()
    await durable.world.advance(5)
    assert await durable.status(arn) == "SUCCEEDED"
    state = durable.runs[1]["InitialExecutionState"]["Operations"]
    assert [one["Id"] for one in state[1:]] == ["folded", "kept", "shown", "w"]
    assert state[1]["ContextDetails"] == {"Result": "1"}
    assert state[2]["ContextDetails"] == {"ReplayChildren": True}


async def test_a_large_state_comes_in_pages(durable: Durable) -> None:
    large = orjson.dumps("x" * 900_000).decode()

    async def hoarding(run: Run) -> Any:
        marker = run.event["InitialExecutionState"]["NextMarker"]
        while marker:
            reply = await call(
                run.context,
                "GetDurableExecutionState",
                DurableExecutionArn=run.arn,
                CheckpointToken=run.token,
                Marker=marker,
                MaxItems=2,
            )
            assert len(reply["Operations"]) <= 2
            for operation in reply["Operations"]:
                assert operation["Id"] not in run.operations
                run.operations[operation["Id"]] = operation
            marker = reply.get("NextMarker")
        if run.status("w") is None:
            for number in range(8):
                await run.checkpoint(step(f"s{number}", "SUCCEED", Payload=large))
            await run.checkpoint(wait("w", 5))
            return PENDING
        return succeeded(list(run.operations)[1:])

    await durable.function(hoarding)
    arn = await durable.start()
    await durable.world.advance(5)
    ids = [f"s{number}" for number in range(8)]
    assert orjson.loads((await durable.get(arn))["Result"]) == [*ids, "w"]
    first = durable.runs[1]["InitialExecutionState"]["Operations"]
    assert 1 < len(first) < 9


async def test_a_result_too_large_for_an_answer_is_checkpointed(durable: Durable) -> None:
    async def ending(run: Run) -> Any:
        end = {"Id": "end", "Type": "EXECUTION", "Action": "SUCCEED", "Payload": '"large"'}
        reply = await run.checkpoint(end)
        assert reply == {"NewExecutionState": {"Operations": []}}
        return {"Status": "SUCCEEDED", "Result": ""}

    await durable.function(ending)
    arn = await durable.start()
    assert (await durable.get(arn))["Result"] == '"large"'
    assert await durable.told(arn) == [
        "ExecutionStarted",
        "ExecutionSucceeded",
        "InvocationCompleted",
    ]


async def test_a_wait_can_be_cancelled(durable: Durable) -> None:
    async def cancelling(run: Run) -> Any:
        await run.checkpoint(wait("w", 500))
        await run.checkpoint({"Id": "w", "Type": "WAIT", "Action": "CANCEL"})
        return succeeded(run.status("w"))

    await durable.function(cancelling)
    arn = await durable.start()
    assert (await durable.get(arn))["Result"] == '"CANCELLED"'
    assert "WaitCancelled" in await durable.told(arn)


async def test_a_plain_function_has_no_execution_name(durable: Durable) -> None:
    await create(durable.context, "plain", Code={"ZipFile": answering(1)})
    await durable.world.settle()
    code, _ = await refused(
        durable.context, "Invoke", FunctionName="plain", DurableExecutionName="n"
    )
    assert code == "InvalidParameterValueException"
