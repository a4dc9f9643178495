"""`apigateway:invoke`: APIs of this server, and others, as tasks."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.services.stepfunctions.integrations.api_gateway_requests import (
    InvalidApiTask,
    request_of,
)
from lambent.web import WebRequest
from tests.services.apigateway.apis import answers, deploy, make_api, make_method
from tests.services.stepfunctions.workflows import ROLE, Workflows, chain, task
from tests.web import Answer, serving


async def api_of(workflows: Workflows, template: str, **method: Any) -> dict[str, Any]:
    """An API with one method, POST /orders, that answers what a template makes of its request."""
    context = workflows.context
    api = await make_api(context)
    mock = {
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": $input.params("code")}'},
    }
    named = await make_method(context, api, "/orders", "POST", mock, **method)
    for status, pattern in (("200", ""), ("404", "404")):
        await answers(
            context,
            named,
            status,
            selectionPattern=pattern,
            responseTemplates={"application/json": template},
        )
    await deploy(context, api)
    return api


def parameters(api: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "ApiEndpoint": f"{api['id']}.execute-api.us-east-1.amazonaws.com",
        "Method": "POST",
        "Stage": "live",
        "Path": "orders",
        "QueryParameters": {"code": ["200"]},
        **more,
    }


async def test_an_api_is_a_task(workflows: Workflows) -> None:
    api = await api_of(workflows, '{"path": "$context.path", "who": "$input.params(\'x-who\')"}')
    asked = parameters(api, Headers={"x-who": ["me"]}, RequestBody={"a": 1})

    described = await workflows.run(chain(Call=task("apigateway:invoke", asked)))

    output = json.loads(described["output"])
    assert output["StatusCode"] == 200
    assert output["StatusText"] == "OK"
    assert output["ResponseBody"] == {"path": "/live/orders", "who": "me"}
    assert output["Headers"]["Content-Type"] == ["application/json"]


@pytest.mark.parametrize(
    "endpoint",
    [
        "{id}.execute-api.localhost",
        "{id}.execute-api.eu-west-1.localhost:4566",
        "http://127.0.0.1:4566/_lambent/execute-api/{id}",
    ],
)
async def test_an_api_of_this_server_goes_by_every_one_of_its_names(
    workflows: Workflows, endpoint: str
) -> None:
    api = await api_of(workflows, "1")
    asked = parameters(api, ApiEndpoint=endpoint.format(id=api["id"]))

    described = await workflows.run(chain(Call=task("apigateway:invoke", asked)))

    assert json.loads(described["output"])["ResponseBody"] == 1


async def test_what_an_api_refuses_is_caught_by_its_status(workflows: Workflows) -> None:
    api = await api_of(workflows, '{"why": "gone"}')
    state = task("apigateway:invoke", parameters(api, QueryParameters={"code": ["404"]}))
    state["Catch"] = [{"ErrorEquals": ["ApiGateway.404"], "Next": "Caught"}]

    described = await workflows.run(chain(Call=state, Caught={"Type": "Pass"}))

    assert json.loads(described["output"]) == {
        "Error": "ApiGateway.404",
        "Cause": '{"why": "gone"}',
    }


async def test_the_role_signs_where_an_api_asks_for_it(workflows: Workflows) -> None:
    await workflows.context.call(
        "iam",
        "CreateRole",
        {
            "RoleName": "workflow",
            "AssumeRolePolicyDocument": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "states.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
        },
    )
    template = '"$context.identity.userArn"'
    api = await api_of(workflows, template, authorizationType="AWS_IAM")

    signed = await workflows.run(
        chain(Call=task("apigateway:invoke", parameters(api, AuthType="IAM_ROLE")))
    )
    plain = await workflows.run(
        chain(Call=task("apigateway:invoke", parameters(api))), name="plain"
    )

    who = json.loads(signed["output"])["ResponseBody"]
    assert who == "arn:aws:sts::000000000000:assumed-role/workflow/StepFunctions"
    assert plain["error"] == "ApiGateway.403"


async def test_a_task_token_travels_with_the_request(workflows: Workflows) -> None:
    api = await api_of(workflows, "1")
    asked = parameters(api, Headers={"x-token.$": "States.Array($$.Task.Token)"})
    state = task("apigateway:invoke.waitForTaskToken", asked)
    machine = await workflows.create(chain(Call=state))
    execution = await workflows.start(machine)
    await workflows.world.settle()
    assert (await workflows.describe(execution))["status"] == "RUNNING"
    submitted = next(
        event for event in await workflows.events(execution) if event["type"] == "TaskSubmitted"
    )
    scheduled = next(
        event for event in await workflows.events(execution) if event["type"] == "TaskScheduled"
    )
    given = json.loads(scheduled["taskScheduledEventDetails"]["parameters"])
    token = given["Headers"]["x-token"][0]

    await workflows.call("SendTaskSuccess", taskToken=token, output='"done"')
    await workflows.world.settle()

    assert (await workflows.describe(execution))["output"] == '"done"'
    assert submitted["taskSubmittedEventDetails"]["resourceType"] == "apigateway"


async def test_an_http_api_is_a_task_as_well(workflows: Workflows) -> None:
    with serving() as web:
        web.answer = lambda asked: Answer(201, asked.query.encode(), {"X-Path": asked.path})
        api = await workflows.context.call(
            "apigatewayv2",
            "CreateApi",
            {"Name": "shop", "ProtocolType": "HTTP", "Target": f"{web.url}/base"},
        )
        asked = {
            "ApiEndpoint": f"{api['ApiId']}.execute-api.us-east-1.amazonaws.com",
            "Method": "GET",
            "Path": "orders",
            "QueryParameters": {"q": ["1"]},
        }

        described = await workflows.run(chain(Call=task("apigateway:invoke", asked)))

        output = json.loads(described["output"])
        assert (output["StatusCode"], output["StatusText"]) == (201, "Created")
        assert output["ResponseBody"] == "q=1"


async def test_an_endpoint_elsewhere_is_asked_there(workflows: Workflows) -> None:
    with serving() as web:
        web.answer = lambda asked: Answer(200, asked.body.encode())
        asked = {
            "ApiEndpoint": web.url,
            "Method": "PUT",
            "Path": "/a b",
            "RequestBody": {"a": None, "b": [{"c": None, "d": 1}]},
        }
        described = await workflows.run(chain(Call=task("apigateway:invoke", asked)))

        assert json.loads(described["output"])["ResponseBody"] == {"b": [{"d": 1}]}
        assert web.asked[0].path == "/a%20b"
        assert web.asked[0].headers["content-type"] == "application/json"


async def test_nobody_at_an_endpoint_is_a_failure(workflows: Workflows) -> None:
    asked = {"ApiEndpoint": "http://127.0.0.1:1", "Method": "GET"}

    described = await workflows.run(chain(Call=task("apigateway:invoke", asked)))

    assert described["error"] == "ApiGateway.SdkClientException"


async def test_a_header_that_may_not_be_set_is_refused_with_the_definition(
    workflows: Workflows,
) -> None:
    asked = {"ApiEndpoint": "a.b", "Method": "GET", "Headers": {"Authorization": ["x"]}}

    with pytest.raises(AwsError) as refusal:
        await workflows.create(chain(Call=task("apigateway:invoke", asked)))

    assert "The 'Headers' field contains unsupported values: [authorization]" in (
        refusal.value.message
    )


async def test_an_api_is_tried_in_a_state_of_its_own(workflows: Workflows) -> None:
    api = await api_of(workflows, "7")
    state = {**task("apigateway:invoke", parameters(api)), "End": True}

    reply = await workflows.call("TestState", definition=json.dumps(state), roleArn=ROLE)

    assert json.loads(reply["output"])["ResponseBody"] == 7


def test_a_request_is_made_of_parameters() -> None:
    asked = {
        "ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com",
        "Method": "POST",
        "Stage": "live",
        "Path": "/orders/ü",
        "QueryParameters": {"a": ["1", "2"], "b": "c d"},
        "Headers": {"x-one": ["1", "2"]},
        "RequestBody": {"a": None, "b": 1},
        "AllowNullValues": True,
    }

    assert request_of(asked) == WebRequest(
        "POST",
        "https://abc.execute-api.us-east-1.amazonaws.com/live/orders/%C3%BC?a=1&a=2&b=c%20d",
        {"x-one": "1,2", "Content-Type": "application/json"},
        b'{"a":null,"b":1}',
    )


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"Method": "GET"},
        {"ApiEndpoint": "", "Method": "GET"},
        {"ApiEndpoint": 7, "Method": "GET"},
        {"ApiEndpoint": "a.b", "Method": "LOOK"},
        {"ApiEndpoint": "a.b", "Method": {}},
        {"ApiEndpoint": "a.b", "Method": "GET", "AuthType": "NONE"},
        {"ApiEndpoint": "a.b", "Method": "GET", "Headers": ["a"]},
        {"ApiEndpoint": "a.b", "Method": "GET", "Headers": {"X-Amz-Date": "1"}},
        {"ApiEndpoint": "a.b", "Method": "GET", "Colour": "red"},
    ],
)
def test_parameters_that_make_no_request_are_refused(wrong: Any) -> None:
    with pytest.raises(InvalidApiTask):
        request_of(wrong)
