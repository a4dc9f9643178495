"""CloudWatch Logs as boto3 sees it, live tail and the lines of functions included."""

import threading
import time
from typing import Any

import pytest

from tests.processes import ServerProcess


@pytest.fixture
def logs(server: ServerProcess) -> Any:
    return server.client("logs", account="555555555555")


def test_events_are_put_got_and_filtered(logs: Any) -> None:
    logs.create_log_group(logGroupName="/boto3/app", tags={"a": "b"})
    logs.create_log_stream(logGroupName="/boto3/app", logStreamName="one")
    now = int(time.time() * 1000)
    reply = logs.put_log_events(
        logGroupName="/boto3/app",
        logStreamName="one",
        logEvents=[{"timestamp": now, "message": f'{{"level": {n}}}'} for n in range(5)],
    )
    assert "nextSequenceToken" in reply

    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/boto3/app",
        filterPattern="{ $.level > 1 }",
        PaginationConfig={"PageSize": 2},
    )
    found = [event["message"] for page in pages for event in page["events"]]
    assert found == ['{"level": 2}', '{"level": 3}', '{"level": 4}']
    events = logs.get_log_events(logGroupName="/boto3/app", logStreamName="one")["events"]
    assert len(events) == 5


def test_errors_are_the_models_own(logs: Any) -> None:
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.describe_log_streams(logGroupName="missing")
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.filter_log_events(logGroupName="missing", filterPattern="{ $.a }")


def test_a_live_tail_is_an_event_stream(logs: Any) -> None:
    logs.create_log_group(logGroupName="/boto3/tail")
    logs.create_log_stream(logGroupName="/boto3/tail", logStreamName="one")
    arn = "arn:aws:logs:us-east-1:555555555555:log-group:/boto3/tail"
    stream = logs.start_live_tail(logGroupIdentifiers=[arn])["responseStream"]
    events = iter(stream)
    assert "sessionStart" in next(events)

    def put() -> None:
        logs.put_log_events(
            logGroupName="/boto3/tail",
            logStreamName="one",
            logEvents=[{"timestamp": int(time.time() * 1000), "message": "here"}],
        )

    threading.Thread(target=put).start()
    for _ in range(20):
        results = next(events)["sessionUpdate"]["sessionResults"]
        if results:
            break
    assert [result["message"] for result in results] == ["here"]
    stream.close()
