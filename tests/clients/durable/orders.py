"""Durable functions as their SDK's guide has them; each step tells a queue that it has run."""

import os
import time
from typing import Any

import boto3
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import (
    CallbackConfig,
    Duration,
    StepConfig,
)
from aws_durable_execution_sdk_python.exceptions import CallbackTimeoutError, InvokeError
from aws_durable_execution_sdk_python.retries import (
    RetryStrategyConfig,
    create_retry_strategy,
)
from aws_durable_execution_sdk_python.waits import (
    WaitForConditionConfig,
    WaitForConditionDecision,
)

_queues = boto3.client("sqs")


def _note(what: str) -> str:
    _queues.send_message(QueueUrl=os.environ["DONE"], MessageBody=what)
    return what


@durable_execution
def steps(event: dict[str, Any], context: DurableContext) -> Any:
    """A step, a day, another step."""
    first = context.step(lambda _: _note(f"reserved {event['order']}"), name="reserve")
    context.wait(Duration.from_days(1), name="a-day")
    second = context.step(lambda _: _note(f"shipped {event['order']}"), name="ship")
    return [first, second]


@durable_execution
def retrying(event: dict[str, Any], context: DurableContext) -> Any:
    def sometimes(_: Any) -> str:
        _note("tried")
        path = "/tmp/tries"
        with open(path, "a") as file:
            file.write("x")
        with open(path) as file:
            tries = len(file.read())
        if tries < 3:
            raise ValueError(f"try {tries}")
        return f"after {tries}"

    strategy = create_retry_strategy(
        RetryStrategyConfig(max_attempts=5, initial_delay=Duration.from_minutes(10))
    )
    return context.step(sometimes, name="flaky", config=StepConfig(retry_strategy=strategy))


@durable_execution
def side_by_side(event: dict[str, Any], context: DurableContext) -> Any:
    def item(inner: DurableContext, number: int, index: int, items: Any) -> int:
        value = inner.step(lambda _: int(_note(str(number))), name=f"item-{index}")
        inner.wait(Duration.from_hours(number))
        return value * value

    squares = context.map(event["numbers"], item, name="squares")
    both = context.parallel(
        [
            lambda inner: inner.step(lambda _: "left", name="left"),
            lambda inner: inner.step(lambda _: "right", name="right"),
        ],
        name="both",
    )
    return [squares.get_results(), both.get_results()]


@durable_execution
def approved(event: dict[str, Any], context: DurableContext) -> Any:
    """Somebody is to answer within an hour."""
    callback = context.create_callback(
        name="approval", config=CallbackConfig(timeout=Duration.from_hours(1))
    )
    context.step(lambda _: _note(callback.callback_id), name="ask")
    try:
        return callback.result()
    except CallbackTimeoutError:
        return "nobody answered"


@durable_execution
def polling(event: dict[str, Any], context: DurableContext) -> Any:
    def strategy(state: int, attempts: int) -> WaitForConditionDecision:
        if state >= 3:
            return WaitForConditionDecision.stop_polling()
        return WaitForConditionDecision.continue_waiting(Duration.from_minutes(30))

    return context.wait_for_condition(
        lambda state, _: state + 1,
        config=WaitForConditionConfig(wait_strategy=strategy, initial_state=0),
        name="grown",
    )


@durable_execution
def parent(event: dict[str, Any], context: DurableContext) -> Any:
    plain = context.invoke("plain", {"n": 1}, name="plain")
    child = context.invoke("polling:$LATEST", {}, name="child")
    try:
        context.invoke("broken", {}, name="broken")
    except InvokeError as error:
        return [plain, child, str(error)]
    return None


@durable_execution
def failing(event: dict[str, Any], context: DurableContext) -> Any:
    context.step(lambda _: _note("begun"))
    raise RuntimeError("out of stock")


@durable_execution
def slow(event: dict[str, Any], context: DurableContext) -> Any:
    """Ten steps, of which each takes a moment."""
    done = []
    for number in range(10):

        def work(_: Any, number: int = number) -> int:
            _note(str(number))
            time.sleep(0.2)
            return number

        done.append(context.step(work, name=f"step-{number}"))
    return done


def plain(event: dict[str, Any], context: Any) -> Any:
    return {"told": event["n"] + 1}


def broken(event: dict[str, Any], context: Any) -> Any:
    raise KeyError("nothing here")
