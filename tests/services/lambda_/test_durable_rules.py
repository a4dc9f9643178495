"""Which updates a checkpoint may bring, and what they do, with plain values."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.runtime.api import InvocationResult
from lambent.services.lambda_.durable import answers, machine, rules, shapes, tokens
from lambent.services.lambda_.durable.answers import Broke, Ended, Suspended
from lambent.services.lambda_.durable.records import Execution, HistoryEvent, Operation
from lambent.services.lambda_.errors import InvalidParameterValue

EXECUTION = Execution(
    id="e1",
    account="000000000000",
    region="us-east-1",
    function_name="orders",
    version="3",
    name="n",
    started=100.0,
    timeout=900,
    retention_days=14,
    kms_key_arn="",
    synchronous=False,
    trace_header="",
    request_id="r",
    parent="",
    parent_operation="",
    deadline=1000.0,
    run="run",
)


def operation(type: str, status: str, id: str = "a", **more: Any) -> Operation:
    return Operation(id, type, status, 1, 1, 100.0, **more)


def update(type: str, action: str, id: str = "a", **more: Any) -> dict[str, Any]:
    return {"Id": id, "Type": type, "Action": action, **more}


def refusal(*updates: dict[str, Any], known: tuple[Operation, ...] = ()) -> str:
    with pytest.raises(InvalidParameterValue) as refused:
        rules.check_updates(EXECUTION, updates, {one.id: one for one in known})
    return refused.value.message


RETRY = {"StepOptions": {"NextAttemptDelaySeconds": 5}}
ERROR = {"ErrorMessage": "broken"}


@pytest.mark.parametrize(
    ("asked", "known", "words"),
    [
        (update("STEP", "CANCEL"), None, "Invalid action for the given operation type."),
        (update("WAIT", "SUCCEED"), None, "Invalid action for the given operation type."),
        (update("EXECUTION", "START"), None, "Invalid action for the given operation type."),
        (
            update("STEP", "START"),
            operation("STEP", "STARTED"),
            "Invalid current STEP state to start.",
        ),
        (
            update("STEP", "SUCCEED"),
            operation("STEP", "SUCCEEDED"),
            "Invalid current STEP state to close.",
        ),
        (
            update("STEP", "FAIL"),
            operation("STEP", "PENDING"),
            "Invalid current STEP state to close.",
        ),
        (
            update("STEP", "RETRY", **RETRY),
            operation("STEP", "FAILED"),
            "Invalid current STEP state to re-attempt.",
        ),
        (
            update("STEP", "RETRY"),
            operation("STEP", "STARTED"),
            "Invalid StepOptions for the given action.",
        ),
        (
            update("STEP", "RETRY", Payload="1", Error=ERROR, **RETRY),
            operation("STEP", "STARTED"),
            "Cannot provide both error and payload to RETRY a STEP.",
        ),
        (
            update("STEP", "FAIL", Payload="1"),
            operation("STEP", "STARTED"),
            "Cannot provide a Payload for FAIL action.",
        ),
        (
            update("STEP", "SUCCEED", Error=ERROR),
            operation("STEP", "STARTED"),
            "Cannot provide an Error for SUCCEED action.",
        ),
        (
            update("CONTEXT", "START"),
            operation("CONTEXT", "STARTED"),
            "Cannot start a CONTEXT that already exist.",
        ),
        (
            update("CONTEXT", "FAIL"),
            operation("CONTEXT", "FAILED"),
            "Invalid current CONTEXT state to close.",
        ),
        (
            update("WAIT", "START"),
            operation("WAIT", "STARTED"),
            "Cannot start a WAIT that already exist.",
        ),
        (
            update("WAIT", "CANCEL"),
            operation("WAIT", "SUCCEEDED"),
            "Cannot cancel a WAIT that does not exist or has already completed.",
        ),
        (
            update("WAIT", "CANCEL"),
            None,
            "Cannot cancel a WAIT that does not exist or has already completed.",
        ),
        (
            update("CALLBACK", "START"),
            operation("CALLBACK", "STARTED"),
            "Cannot start a CALLBACK that already exist.",
        ),
        (
            update("CHAINED_INVOKE", "START"),
            operation("CHAINED_INVOKE", "STARTED"),
            "Cannot start a CHAINED_INVOKE operation that already exists.",
        ),
        (
            update("CHAINED_INVOKE", "START"),
            None,
            "Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.",
        ),
        (update("WAIT", "START"), operation("STEP", "STARTED"), "Inconsistent operation type."),
        (
            update("STEP", "START", Name="other"),
            operation("STEP", "READY", name="one"),
            "Inconsistent operation name.",
        ),
        (
            update("STEP", "START", SubType="Other"),
            operation("STEP", "READY", sub_type="Step"),
            "Inconsistent operation subtype.",
        ),
        (
            update("STEP", "SUCCEED", Payload="x" * 1_048_577),
            None,
            "STEP output payload size must be less than or equal to 1048576 bytes.",
        ),
        (
            update("CHAINED_INVOKE", "START", Payload="x" * 1_048_577),
            None,
            "CHAINED_INVOKE input payload size must be less than or equal to 1048576 bytes.",
        ),
        (
            update("EXECUTION", "SUCCEED", Payload="x" * 1_048_577),
            None,
            "Execution output payload size must be less than or equal to 1048576 bytes.",
        ),
        (
            update("STEP", "FAIL", Error={"ErrorData": "x" * 1_048_577}),
            None,
            "Error object size must be less than 1048576 bytes.",
        ),
    ],
)
def test_an_update_that_makes_no_sense_is_refused_with_awss_words(
    asked: dict[str, Any], known: Operation | None, words: str
) -> None:
    assert refusal(asked, known=(known,) if known else ()) == words


def test_updates_that_do_not_go_together_are_refused() -> None:
    end = update("EXECUTION", "SUCCEED", "end")
    assert refusal(end, end) == "Cannot checkpoint multiple EXECUTION updates."
    assert refusal(end, update("STEP", "START")) == "EXECUTION checkpoint must be the last update."
    twice = update("STEP", "START")
    same = "Cannot checkpoint multiple operations with the same ID."
    assert refusal(twice, twice) == same
    cancelled = update("WAIT", "CANCEL")
    assert refusal(update("WAIT", "START", WaitOptions={"WaitSeconds": 1}), cancelled) == same
    child = update("STEP", "START", "b", ParentId="a")
    assert refusal(child) == "Invalid parent operation id."
    assert refusal(child, known=(operation("STEP", "STARTED"),)) == "Invalid parent operation id."


def test_an_execution_has_so_many_operations_and_so_many_bytes() -> None:
    full = replace(EXECUTION, operations=3_001, stored=104_857_599)
    step = update("STEP", "SUCCEED", Payload="1")
    with pytest.raises(InvalidParameterValue, match="more than 3000 operations"):
        rules.check_updates(full, [step], {})
    rules.check_updates(full, [step], {"a": operation("STEP", "STARTED")})
    assert rules.stored_bytes(full, [step]) == 104_857_600
    with pytest.raises(InvalidParameterValue, match="more than 104857600 bytes"):
        rules.stored_bytes(full, [update("STEP", "SUCCEED", Payload="12")])


def test_a_step_may_begin_and_end_in_one_checkpoint_within_a_context_that_begins_there() -> None:
    updates = [
        update("CONTEXT", "START", "c"),
        update("STEP", "START", "s", ParentId="c"),
        update("STEP", "SUCCEED", "s", ParentId="c"),
        update("CONTEXT", "SUCCEED", "c"),
        update("EXECUTION", "SUCCEED", "end"),
    ]
    rules.check_updates(EXECUTION, updates, {})


def test_a_result_that_somebody_waits_for_may_be_larger() -> None:
    payload = "x" * 1_048_577
    ended = update("EXECUTION", "SUCCEED", Payload=payload)
    rules.check_updates(replace(EXECUTION, synchronous=True), [ended], {})


@given(
    st.lists(
        st.sampled_from(
            [
                update("STEP", "START"),
                update("STEP", "RETRY", **RETRY),
                update("STEP", "SUCCEED", Payload="1"),
                update("STEP", "FAIL", Error=ERROR),
                None,
            ]
        ),
        max_size=12,
    )
)
def test_whatever_is_sent_a_step_ends_once_and_counts_its_attempts(
    story: list[dict[str, Any] | None],
) -> None:
    """
    Updates that are refused change nothing; time, here None, makes a waiting step ready.
    """
    step: Operation | None = None
    now, ends, attempts = 0.0, 0, 0
    for asked in story:
        if asked is None:
            now += 5.0
            due = None if step is None else machine.fallen_due(step, now)
            step = due.operation if due else step
            continue
        try:
            rules.check_updates(EXECUTION, [asked], {"a": step} if step else {})
        except InvalidParameterValue:
            continue
        step = machine.applied(EXECUTION, asked, step, now).operation
        attempts += asked["Action"] != "START"
        ends += machine.has_ended(step)
        assert step.attempt == attempts
    assert ends <= 1


def test_a_wait_and_a_callback_end_when_their_time_comes() -> None:
    wait = machine.applied(
        EXECUTION, update("WAIT", "START", WaitOptions={"WaitSeconds": 60}), None, 100.0
    )
    assert wait.details == {"Duration": 60, "ScheduledEndTimestamp": 160.0}
    assert machine.fallen_due(wait.operation, 159.9) is None
    ended = machine.fallen_due(wait.operation, 160.0)
    assert ended is not None
    assert (ended.operation.status, ended.event) == ("SUCCEEDED", "WaitSucceeded")
    assert machine.due_at(ended.operation) is None

    options = {"TimeoutSeconds": 0, "HeartbeatTimeoutSeconds": 10}
    asked = update("CALLBACK", "START", CallbackOptions=options)
    callback = machine.applied(EXECUTION, asked, None, 100.0).operation
    assert machine.due_at(callback) == 110.0
    assert machine.due_at(machine.heard_from(callback, 105.0)) == 115.0


def test_the_operations_of_a_context_are_folded_with_it() -> None:
    contexts = [
        operation("CONTEXT", "SUCCEEDED", "done"),
        operation("CONTEXT", "STARTED", "inside", parent_id="done"),
        operation("CONTEXT", "STARTED", "open"),
        operation("CONTEXT", "FAILED", "kept", replays_children=True),
    ]
    assert machine.folded_contexts(contexts) == {"done", "inside"}


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (b'{"Status": "SUCCEEDED", "Result": "1"}', Ended("1")),
        (b'{"Status": "SUCCEEDED"}', Ended()),
        (b'{"Status": "PENDING"}', Suspended()),
        (
            b'{"Status": "FAILED", "Error": {"ErrorMessage": "no", "Other": 1}}',
            Ended(error={"ErrorMessage": "no"}, failed=True),
        ),
        (b'{"Status": "FAILED"}', Ended(error={}, failed=True)),
    ],
)
def test_what_the_sdk_answers_is_understood(payload: bytes, answer: answers.Answer) -> None:
    result = InvocationResult(payload, None, b"", 1.0, 1, 1)
    assert answers.answer_of(EXECUTION, result) == answer


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["Status", "Result", "Error"]), inner)
        ),
    )
)
def test_whatever_a_function_answers_is_an_answer(told: Any) -> None:
    result = InvocationResult(orjson.dumps(told), None, b"", 1.0, 1, 1)
    answers.answer_of(EXECUTION, result)


def test_the_error_of_a_function_becomes_an_error_object_and_back() -> None:
    told = b'{"errorType": "E", "errorMessage": "m", "stackTrace": ["a"], "requestId": "x"}'
    result = InvocationResult(told, "Unhandled", b"", 1.0, 1, 1)
    answer = answers.answer_of(EXECUTION, result)
    error = {"ErrorType": "E", "ErrorMessage": "m", "StackTrace": ["a"]}
    assert answer == Broke(error)
    assert orjson.loads(answers.error_payload(error)) == {
        "errorType": "E",
        "errorMessage": "m",
        "stackTrace": ["a"],
    }
    assert answers.error_of_function(b"killed") == {"ErrorMessage": "killed"}


def test_tokens_and_callback_ids_say_whose_they_are() -> None:
    token = tokens.checkpoint_token(EXECUTION)
    tokens.check_checkpoint_token(EXECUTION, token)
    for execution in (
        None,
        replace(EXECUTION, token=1),
        replace(EXECUTION, run="another"),
        replace(EXECUTION, status="STOPPED"),
    ):
        with pytest.raises(InvalidParameterValue, match="Invalid checkpoint token"):
            tokens.check_checkpoint_token(execution, token)
    assert tokens.read_callback_id(tokens.callback_id(EXECUTION, "c")) == ("e1", "c")
    assert tokens.execution_id(EXECUTION.arn) == "e1"


@given(st.text())
def test_a_callback_id_of_any_text_is_refused_or_read(text: str) -> None:
    try:
        tokens.read_callback_id(text)
    except InvalidParameterValue as refused:
        assert refused.message == "Invalid callback id"


def test_without_data_payloads_are_truncated_and_nothing_else() -> None:
    details = {"Result": machine.wrapped("1"), "RetryDetails": {"CurrentAttempt": 1}}
    event = HistoryEvent(1, "StepSucceeded", 1.0, details)
    assert shapes.event(event, with_data=False)["StepSucceededDetails"] == {
        "Result": {"Truncated": True},
        "RetryDetails": {"CurrentAttempt": 1},
    }
