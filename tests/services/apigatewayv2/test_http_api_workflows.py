"""Workflows that ask HTTP APIs."""

from typing import Any

import orjson

from tests.conftest import World
from tests.services.apigatewayv2.http_apis import call, make_api, make_integration, make_route
from tests.services.lambda_.functions import ECHO, TRUST, create, make_role, zipped

ROLE = "arn:aws:iam::000000000000:role/workflow"


async def outcome(world: World, parameters: dict[str, Any]) -> dict[str, Any]:
    """What becomes of one task that asks an API."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::apigateway:invoke",
        "Parameters": parameters,
        "End": True,
    }
    machine = await world.context.call(
        "stepfunctions",
        "CreateStateMachine",
        {
            "name": "asks",
            "roleArn": ROLE,
            "definition": orjson.dumps({"StartAt": "Ask", "States": {"Ask": task}}).decode(),
        },
    )
    started = await world.context.call(
        "stepfunctions", "StartExecution", {"stateMachineArn": machine["stateMachineArn"]}
    )
    await world.settle()
    described: dict[str, Any] = await world.context.call(
        "stepfunctions", "DescribeExecution", {"executionArn": started["executionArn"]}
    )
    return described


async def test_a_workflow_asks_an_http_api_as_its_role(world: World) -> None:
    trust = TRUST.replace("lambda.amazonaws.com", "states.amazonaws.com")
    await make_role(world.context, "workflow", trust)
    await create(world.context, Code={"ZipFile": zipped(ECHO)})
    await world.settle()
    api_id = await make_api(world.context)
    integration = await make_integration(world.context, api_id)
    await make_route(
        world.context, api_id, "POST /pets/{id}", integration, AuthorizationType="AWS_IAM"
    )
    await call(world.context, "CreateStage", ApiId=api_id, StageName="live", AutoDeploy=True)

    done = await outcome(
        world,
        {
            "ApiEndpoint": f"{api_id}.execute-api.us-east-1.amazonaws.com",
            "Method": "POST",
            "Stage": "live",
            "Path": "/pets/7",
            "QueryParameters": {"q": ["1"]},
            "RequestBody": {"name": "Rex"},
            "AuthType": "IAM_ROLE",
        },
    )

    assert done["status"] == "SUCCEEDED", done
    output = orjson.loads(done["output"])
    event = output["ResponseBody"]
    assert (output["StatusCode"], event["routeKey"]) == (200, "POST /pets/{id}")
    assert orjson.loads(event["body"]) == {"name": "Rex"}
    assert event["queryStringParameters"] == {"q": "1"}
    assert event["requestContext"]["authorizer"]["iam"]["userArn"].startswith(
        "arn:aws:sts::000000000000:assumed-role/workflow/"
    )


async def test_a_role_that_is_not_there_fails_the_task(world: World) -> None:
    done = await outcome(
        world,
        {
            "ApiEndpoint": "none.execute-api.us-east-1.amazonaws.com",
            "Method": "GET",
            "AuthType": "IAM_ROLE",
        },
    )

    assert (done["status"], done["error"]) == ("FAILED", "ApiGateway.AccessDenied")
