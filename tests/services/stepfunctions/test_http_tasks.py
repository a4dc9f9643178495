"""HTTP Tasks and events:putEvents: workflows that reach web addresses and event buses."""

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.stepfunctions.integrations.http_requests import (
    InvalidHttpTask,
    connection_arn,
    request_of,
)
from lambent.web import WebFailure, send
from tests.services.stepfunctions.workflows import ROLE, Workflows, chain, task
from tests.web import Answer, Asked, Web, serving

BASIC = {"BasicAuthParameters": {"Username": "ann", "Password": "secret"}}
API_KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}}
ARN = "arn:aws:events:us-east-1:000000000000:connection/c/1"


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


async def connect(workflows: Workflows, kind: str, parameters: dict[str, Any]) -> str:
    params = {"Name": "c", "AuthorizationType": kind, "AuthParameters": parameters}
    reply = await workflows.context.call("events", "CreateConnection", params)
    await workflows.world.settle()
    return str(reply["ConnectionArn"])


async def call(
    workflows: Workflows, web: Web, arn: str, name: str = "machine", **fields: Any
) -> Any:
    parameters = {
        "ApiEndpoint": f"{web.url}/orders",
        "Method": "GET",
        "InvocationConfig": {"ConnectionArn": arn},
        **fields,
    }
    return await workflows.run(chain(Call=task("http:invoke", parameters)), name=name)


def json_answer(value: Any, status: int = 200) -> Answer:
    body = json.dumps(value).encode()
    return Answer(status, body, {"content-type": "application/json; charset=utf-8"})


async def test_the_answer_is_the_task_s_result(workflows: Workflows, web: Web) -> None:
    web.answer = lambda asked: json_answer({"orders": [1, 2]})
    arn = await connect(workflows, "BASIC", BASIC)

    described = await call(workflows, web, arn)

    output = json.loads(described["output"])
    assert list(output) == ["Headers", "ResponseBody", "StatusCode", "StatusText"]
    assert output["ResponseBody"] == {"orders": [1, 2]}
    assert (output["StatusCode"], output["StatusText"]) == (200, "OK")
    assert output["Headers"]["content-type"] == ["application/json; charset=utf-8"]
    (asked,) = web.asked
    basic = base64.b64encode(b"ann:secret").decode()
    assert asked.headers["authorization"] == f"Basic {basic}"
    assert asked.headers["user-agent"] == "Amazon|StepFunctions|HttpInvoke|us-east-1"
    assert asked.headers["range"] == "bytes=0-262144"
    assert "content-type" not in asked.headers


async def test_a_body_goes_as_json_or_as_a_form(workflows: Workflows, web: Web) -> None:
    arn = await connect(workflows, "API_KEY", API_KEY)
    post = {"Method": "POST", "RequestBody": {"a": 1, "b": {"c": "x y"}}}

    await call(workflows, web, arn, **post)
    form = {"Transform": {"RequestBodyEncoding": "URL_ENCODED"}}
    header = {"Headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    await call(workflows, web, arn, "form", **post, **form, **header)

    first, second = web.asked
    assert (first.body, first.headers["content-type"]) == (
        '{"a":1,"b":{"c":"x y"}}',
        "application/json; charset=UTF-8",
    )
    assert second.body == "a=1&b%5Bc%5D=x%20y"
    assert second.headers["content-type"] == "application/x-www-form-urlencoded"
    assert second.headers["x-key"] == "secret"


async def test_a_token_of_oauth_is_fetched_and_refreshed(workflows: Workflows, web: Web) -> None:
    def answer(asked: Asked) -> Answer:
        tokens = sum(one.path == "/token" for one in web.asked)
        if asked.path == "/token":
            return json_answer({"access_token": f"t{tokens}"})
        return Answer(200 if asked.headers["authorization"] == "Bearer t2" else 401)

    web.answer = answer
    parameters = {
        "OAuthParameters": {
            "AuthorizationEndpoint": f"{web.url}/token",
            "HttpMethod": "POST",
            "ClientParameters": {"ClientID": "me", "ClientSecret": "secret"},
        }
    }
    arn = await connect(workflows, "OAUTH_CLIENT_CREDENTIALS", parameters)

    described = await call(workflows, web, arn)

    assert described["status"] == "SUCCEEDED"
    assert [one.path for one in web.asked] == ["/token", "/orders", "/token", "/orders"]


async def test_the_connection_wins_over_the_state(workflows: Workflows, web: Web) -> None:
    further = {
        "InvocationHttpParameters": {
            "HeaderParameters": [{"Key": "x-both", "Value": "connection"}],
            "QueryStringParameters": [{"Key": "both", "Value": "connection"}],
            "BodyParameters": [{"Key": "both", "Value": "connection"}],
        }
    }
    arn = await connect(workflows, "API_KEY", {**API_KEY, **further})
    await call(
        workflows,
        web,
        arn,
        Method="POST",
        Headers={"X-Both": "state", "x-own": ["a", "b"]},
        QueryParameters={"both": "state", "list": ["1", "2"], "n": 3},
        RequestBody={"both": "state", "own": True},
    )
    (asked,) = web.asked
    assert asked.headers["x-both"] == "connection"
    assert asked.headers["x-own"] == "a, b"
    assert parse_qs(asked.query) == {"both": ["connection"], "list": ["1", "2"], "n": ["3"]}
    assert json.loads(asked.body) == {"both": "connection", "own": True}

    described = await call(workflows, web, arn, "text", Method="POST", RequestBody="text")
    assert described["error"] == "States.Runtime"


@pytest.mark.parametrize(
    ("answer", "error", "cause"),
    [
        (json_answer({"why": "gone"}, 404), "States.Http.StatusCode.404", '{"why": "gone"}'),
        (Answer(503), "States.Http.StatusCode.503", "Service Unavailable"),
        (
            Answer(200, b"\x00", {"content-type": "image/png"}),
            "States.Runtime",
            "The response of the HTTP Task is not text (content type: image/png).",
        ),
        (
            Answer(200, b"\xff\xfe"),
            "States.Runtime",
            "The response of the HTTP Task is not text (content type: none).",
        ),
        (
            Answer(200, b"x" * 262_145),
            "States.DataLimitExceeded",
            "The response of the HTTP Task exceeded the maximum number of bytes service limit.",
        ),
    ],
)
async def test_an_answer_that_is_no_result_fails_the_task(
    workflows: Workflows, web: Web, answer: Answer, error: str, cause: str
) -> None:
    web.answer = lambda asked: answer
    described = await call(workflows, web, await connect(workflows, "BASIC", BASIC))
    assert (described["status"], described["error"]) == ("FAILED", error)
    assert described["cause"].endswith(cause)


async def test_statuses_can_be_caught_and_tried_again(workflows: Workflows, web: Web) -> None:
    statuses = [503, 429, 200]
    web.answer = lambda asked: Answer(statuses[len(web.asked) - 1], b"done")
    arn = await connect(workflows, "BASIC", BASIC)
    parameters = {
        "ApiEndpoint": web.url,
        "Method": "GET",
        "Authentication": {"ConnectionArn": arn},
    }
    errors = ["States.Http.StatusCode.503", "States.Http.StatusCode.429"]
    retry = [{"ErrorEquals": errors, "IntervalSeconds": 1, "MaxAttempts": 2}]
    machine = await workflows.create(chain(Call=task("http:invoke", parameters, Retry=retry)))
    execution = await workflows.start(machine)
    await workflows.world.advance(10)
    described = await workflows.describe(execution)
    assert json.loads(described["output"])["ResponseBody"] == "done"


async def test_arguments_and_results_may_be_jsonata(workflows: Workflows, web: Web) -> None:
    web.answer = lambda asked: json_answer({"id": 7})
    arn = await connect(workflows, "BASIC", BASIC)
    arguments = {
        "ApiEndpoint": "{% $states.input.url & '/orders' %}",
        "Method": "POST",
        "InvocationConfig": {"ConnectionArn": arn},
        "RequestBody": {"name": "{% $states.input.name %}"},
    }
    state = task("http:invoke", Arguments=arguments, Output="{% $states.result.ResponseBody.id %}")
    definition = {**chain(Call=state), "QueryLanguage": "JSONata"}
    described = await workflows.run(definition, {"url": web.url, "name": "Ada"})
    assert described["output"] == "7"
    assert json.loads(web.asked[0].body) == {"name": "Ada"}


async def test_redirects_are_followed(workflows: Workflows, web: Web) -> None:
    web.answer = lambda asked: (
        Answer(200, b"here") if asked.path == "/new" else Answer(307, headers={"location": "/new"})
    )
    described = await call(workflows, web, await connect(workflows, "BASIC", BASIC))
    assert json.loads(described["output"])["ResponseBody"] == "here"


async def test_an_address_where_nobody_is_fails_as_a_socket(workflows: Workflows) -> None:
    with serving() as web:
        pass
    described = await call(workflows, web, await connect(workflows, "BASIC", BASIC))
    assert described["error"] == "States.Http.Socket"


async def test_a_connection_must_be_there_and_authorized(workflows: Workflows, web: Web) -> None:
    described = await call(workflows, web, ARN)
    assert described["error"] == "Events.ConnectionResource.ResourceNotFound"
    described = await call(workflows, web, "nonsense", "nonsense")
    assert described["error"] == "Events.ConnectionResource.ResourceNotFound"
    arn = await connect(workflows, "BASIC", BASIC)
    await workflows.context.call("events", "DeauthorizeConnection", {"Name": "c"})
    described = await call(workflows, web, arn, "again")
    assert described["error"] == "Events.ConnectionResource.InvalidConnectionState"
    assert web.asked == []


@pytest.mark.parametrize(
    "fields",
    [
        {"Method": "TRACE"},
        {"ApiEndpoint": "ftp://example.com"},
        {"ApiEndpoint": "nonsense"},
        {"Headers": {"Authorization": "mine"}},
        {"Headers": {"X-Amz-Date": "today"}},
        {"Headers": ["a"]},
        {"Body": {}},
        {"Method": "POST", "RequestBody": [], "Transform": {"RequestBodyEncoding": "URL_ENCODED"}},
        {"Method": "POST", "RequestBody": {}, "Transform": {"RequestBodyEncoding": "XML"}},
        {"InvocationConfig": {}},
    ],
)
async def test_parameters_that_make_no_request_fail_the_execution(
    workflows: Workflows, web: Web, fields: dict[str, Any]
) -> None:
    arn = await connect(workflows, "BASIC", BASIC)
    described = await call(workflows, web, arn, **fields)
    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")
    assert web.asked == []


@pytest.mark.parametrize(
    ("array_format", "expected"),
    [
        (None, "array%5B0%5D=a&array%5B1%5D=b"),
        ("INDICES", "array%5B0%5D=a&array%5B1%5D=b"),
        ("REPEAT", "array=a&array=b"),
        ("COMMAS", "array=a,b"),
        ("BRACKETS", "array%5B%5D=a&array%5B%5D=b"),
    ],
)
def test_arrays_are_encoded_in_four_ways(array_format: str | None, expected: str) -> None:
    options = {} if array_format is None else {"ArrayFormat": array_format}
    parameters = {
        "ApiEndpoint": "https://example.com",
        "Method": "POST",
        "RequestBody": {"array": ["a", "b"]},
        "Transform": {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": options},
    }
    body = request_of(parameters, {}, "us-east-1").body
    assert body == expected.encode()


def test_a_query_joins_the_one_that_is_there() -> None:
    parameters = {
        "ApiEndpoint": "https://example.com/a?b=c",
        "Method": "GET",
        "QueryParameters": {"d e": "f&g"},
    }
    assert request_of(parameters, {}, "r").url == "https://example.com/a?b=c&d%20e=f%26g"


def test_either_field_names_the_connection() -> None:
    for name in ("InvocationConfig", "Authentication"):
        assert connection_arn({name: {"ConnectionArn": ARN}}) == ARN
    with pytest.raises(InvalidHttpTask):
        connection_arn([])


async def test_a_trial_shows_what_went_over_the_wire(workflows: Workflows, web: Web) -> None:
    web.answer = lambda asked: json_answer({"a": 1})
    arn = await connect(workflows, "API_KEY", API_KEY)
    parameters = {
        "ApiEndpoint": f"{web.url}/orders",
        "Method": "POST",
        "InvocationConfig": {"ConnectionArn": arn},
        "Headers": {"own": "h1"},
        "RequestBody": {"b": 2},
    }
    state = json.dumps({**task("http:invoke", parameters), "End": True})
    asked = {"definition": state, "roleArn": ROLE, "inspectionLevel": "TRACE"}

    plain = await workflows.call("TestState", **asked)
    revealed = await workflows.call("TestState", **asked, revealSecrets=True)
    short = await workflows.call("TestState", **{**asked, "inspectionLevel": "INFO"})

    own = (
        "own: h1, Content-Type: application/json; charset=UTF-8, User-Agent:"
        " Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144"
    )
    assert plain["inspectionData"]["request"] == {
        "protocol": "http",
        "method": "POST",
        "url": f"{web.url}/orders",
        "headers": f"[{own}]",
        "body": '{"b":2}',
    }
    response = plain["inspectionData"]["response"]
    assert (response["statusCode"], response["statusMessage"]) == ("200", "OK")
    assert response["body"] == '{"a": 1}'
    assert "X-Key: secret" in revealed["inspectionData"]["request"]["headers"]
    assert "inspectionData" not in short
    assert json.loads(short["output"])["StatusCode"] == 200


_ODD = st.sampled_from(
    ["http://[::1", "http://x:99999999/", "http://a b/", "\ud800", "a\r\nX: y", "é", "\x00", "", 7]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | _ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = {
    "ApiEndpoint": st.sampled_from(["http://127.0.0.1:1/a", "https://127.0.0.1:1/?é"]) | _JSON,
    "Method": st.sampled_from(["GET", "POST"]) | _JSON,
    "Headers": st.dictionaries(st.text(max_size=5) | _ODD.map(str), _JSON, max_size=2) | _JSON,
    "QueryParameters": st.dictionaries(st.text(max_size=5), _JSON, max_size=2) | _JSON,
    "RequestBody": _JSON,
    "Transform": st.sampled_from([{}, {"RequestBodyEncoding": "URL_ENCODED"}]) | _JSON,
    "InvocationConfig": st.just({"ConnectionArn": ARN}) | _JSON,
}


@given(st.fixed_dictionaries({}, optional=_FIELDS), st.dictionaries(st.text(), st.text()))
def test_whatever_the_parameters_there_is_a_request_or_a_reason(
    parameters: dict[str, Any], added: dict[str, str]
) -> None:
    additions = {"Headers": {}, "QueryParameters": added, "BodyParameters": added}
    try:
        connection_arn(parameters)
        request = request_of(parameters, additions, "us-east-1")
    except InvalidHttpTask:
        return
    assert request.body is None or isinstance(request.body, bytes)


@given(st.fixed_dictionaries({}, optional=_FIELDS))
def test_whatever_the_request_there_is_an_answer_or_a_failure(parameters: dict[str, Any]) -> None:
    try:
        request = request_of(parameters, {}, "us-east-1")
    except InvalidHttpTask:
        return
    with pytest.raises(WebFailure):
        asyncio.run(send(request, seconds=1, most_bytes=10))


# Events ---------------------------------------------------------------------------------------


async def _listen(workflows: Workflows) -> str:
    reply = await workflows.context.call("sqs", "CreateQueue", {"QueueName": "heard"})
    rule = {"Name": "r", "EventPattern": '{"source": ["flow"]}'}
    await workflows.context.call("events", "PutRule", rule)
    target = {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:heard"}
    await workflows.context.call("events", "PutTargets", {"Rule": "r", "Targets": [target]})
    return str(reply["QueueUrl"])


async def _heard(workflows: Workflows, url: str) -> Any:
    reply = await workflows.context.call("sqs", "ReceiveMessage", {"QueueUrl": url})
    return json.loads(reply["Messages"][0]["Body"])


async def test_events_carry_the_execution_and_its_machine(workflows: Workflows) -> None:
    url = await _listen(workflows)
    entry = {"Source": "flow", "DetailType": "t", "Detail": {"n.$": "$.n"}, "Resources": ["x"]}
    described = await workflows.run(
        chain(Put=task("events:putEvents", {"Entries": [entry]})), {"n": 1}
    )
    output = json.loads(described["output"])
    assert output["FailedEntryCount"] == 0
    event = await _heard(workflows, url)
    assert event["id"] == output["Entries"][0]["EventId"]
    assert event["detail"] == {"n": 1}
    arns = [described["stateMachineArn"], described["executionArn"]]
    assert event["resources"] == ["x", *arns]


async def test_an_entry_that_fails_fails_the_task(workflows: Workflows) -> None:
    entry = {"Source": "aws.mine", "DetailType": "t", "Detail": {}}
    described = await workflows.run(chain(Put=task("events:putEvents", {"Entries": [entry]})))
    assert described["error"] == "EventBridge.FailedEntry"
    assert json.loads(described["cause"]) == {
        "Entries": [
            {
                "ErrorCode": "NotAuthorizedForSource",
                "ErrorMessage": "Not authorized for the source.",
            }
        ],
        "FailedEntryCount": 1,
    }


async def test_a_token_travels_in_an_event_and_its_answer_comes_back(
    workflows: Workflows,
) -> None:
    url = await _listen(workflows)
    detail = {"token.$": "$$.Task.Token"}
    entry = {"Source": "flow", "DetailType": "t", "Detail": detail}
    asking = task("events:putEvents.waitForTaskToken", {"Entries": [entry]})
    execution = await workflows.start(await workflows.create(chain(Ask=asking)))
    await workflows.world.settle()

    token = (await _heard(workflows, url))["detail"]["token"]
    await workflows.call("SendTaskSuccess", taskToken=token, output='"yes"')

    assert (await workflows.describe(execution))["output"] == '"yes"'


async def test_the_sdk_integration_gives_the_failures_as_its_result(workflows: Workflows) -> None:
    entry = {"Source": "aws.mine", "DetailType": "t", "Detail": "{}"}
    resource = "aws-sdk:eventbridge:putEvents"
    described = await workflows.run(chain(Put=task(resource, {"Entries": [entry]})))
    assert json.loads(described["output"])["FailedEntryCount"] == 1
