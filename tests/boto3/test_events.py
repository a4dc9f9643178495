"""EventBridge as boto3 sees it, over HTTP."""

import json
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess

PATTERN = json.dumps({"source": ["wire"], "detail": {"n": [{"numeric": [">=", 0]}]}})


@pytest.fixture
def events(server: ServerProcess) -> Any:
    return server.client("events")


def test_an_event_travels_from_put_events_to_a_queue(server: ServerProcess, events: Any) -> None:
    queues = server.client("sqs")
    url = queues.create_queue(QueueName="wire-events")["QueueUrl"]
    bus = events.create_event_bus(Name="wire", Tags=[{"Key": "a", "Value": "b"}])["EventBusArn"]
    rule = events.put_rule(Name="wire", EventBusName="wire", EventPattern=PATTERN)["RuleArn"]
    assert rule == "arn:aws:events:us-east-1:000000000000:rule/wire/wire"
    target = {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:wire-events"}
    put = events.put_targets(Rule="wire", EventBusName="wire", Targets=[target])
    assert (put["FailedEntryCount"], put["FailedEntries"]) == (0, [])

    time = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    entry = {"Source": "wire", "DetailType": "t", "EventBusName": bus, "Time": time}
    reply = events.put_events(
        Entries=[{**entry, "Detail": '{"n": 1}'}, {**entry, "Detail": "nonsense"}]
    )
    assert reply["FailedEntryCount"] == 1
    assert reply["Entries"][1] == {
        "ErrorCode": "MalformedDetail",
        "ErrorMessage": "Detail is malformed.",
    }
    (message,) = queues.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    event = json.loads(message["Body"])
    assert event["id"] == reply["Entries"][0]["EventId"]
    assert (event["time"], event["detail"]) == ("2025-01-02T03:04:05Z", {"n": 1})

    described = events.describe_event_bus(Name="wire")
    assert described["CreationTime"].tzinfo is not None
    assert events.list_tags_for_resource(ResourceARN=bus)["Tags"] == [{"Key": "a", "Value": "b"}]
    events.remove_targets(Rule="wire", EventBusName="wire", Ids=["1"])
    events.delete_rule(Name="wire", EventBusName="wire")
    events.delete_event_bus(Name="wire")


def test_lists_come_in_pages(events: Any) -> None:
    for number in range(5):
        events.put_rule(Name=f"page-{number}", EventPattern=PATTERN)
    rules = []
    token: dict[str, str] = {}
    while True:
        reply = events.list_rules(NamePrefix="page-", Limit=2, **token)
        rules += [rule["Name"] for rule in reply["Rules"]]
        if "NextToken" not in reply:
            break
        token = {"NextToken": reply["NextToken"]}
    assert rules == [f"page-{number}" for number in range(5)]
    for name in rules:
        events.delete_rule(Name=name)


def error(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**params)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    described = raised.value.response["Error"]
    return described["Code"], described["Message"]


def test_errors_have_aws_s_codes_and_words(events: Any) -> None:
    assert error(events.describe_rule, Name="nobody") == (
        "ResourceNotFoundException",
        "Rule nobody does not exist on EventBus default.",
    )
    assert error(events.put_rule, Name="x", EventPattern='{"a": 1}') == (
        "InvalidEventPatternException",
        'Event pattern is not valid. Reason: "a" must be an object or an array\n'
        ' at [Source: (String)"{"a": 1}"; line: 1, column: 8]',
    )
    assert error(events.create_event_bus, Name="default") == (
        "ResourceAlreadyExistsException",
        "Event bus default already exists.",
    )
    assert error(events.describe_connection, Name="nobody") == (
        "ResourceNotFoundException",
        "Failed to describe the connection(s). Connection 'nobody' does not exist.",
    )
    code, message = error(events.put_events, Entries=[{"Source": "x"}] * 11)
    assert code == "ValidationException"
    assert message.endswith("Member must have length less than or equal to 10")
    code, message = error(
        events.create_connection,
        Name="not a name",
        AuthorizationType="NONE",
        AuthParameters={},
    )
    assert message.startswith("2 validation errors detected: Value 'not a name' at 'name'")


def test_what_lambent_does_not_have_says_so(events: Any) -> None:
    with pytest.raises(ClientError) as raised:
        events.list_endpoints()
    assert raised.value.response["Error"]["Code"] == "NotSupportedByLambent"


def test_no_client_reaches_what_services_ask_of_each_other(server: ServerProcess) -> None:
    request = urllib.request.Request(
        server.url,
        data=b'{"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c/1"}',
        headers={
            "X-Amz-Target": "AWSEvents.RetrieveConnectionCredentials",
            "Content-Type": "application/x-amz-json-1.1",
        },
    )
    with pytest.raises(HTTPError) as raised:
        urllib.request.urlopen(request)
    assert "UnknownOperationException" in raised.value.read().decode()


def test_a_connection_comes_back_without_its_secrets(events: Any) -> None:
    basic = {"Username": "ann", "Password": "secret"}
    made = events.create_connection(
        Name="wire", AuthorizationType="BASIC", AuthParameters={"BasicAuthParameters": basic}
    )
    assert made["ConnectionState"] == "AUTHORIZED"
    described = events.describe_connection(Name="wire")
    assert described["AuthParameters"] == {"BasicAuthParameters": {"Username": "ann"}}
    assert described["LastAuthorizedTime"].tzinfo is not None
    events.delete_connection(Name="wire")
