"""What is behind an API: functions, services and web addresses."""

import asyncio
import base64

import orjson
import pytest

from lambent.platform import Context
from lambent.services.apigateway.live import integrations
from tests.conftest import World
from tests.services.apigateway.apis import (
    answers,
    ask,
    call,
    deploy,
    header,
    make_api,
    make_method,
    told,
)
from tests.services.lambda_.functions import ARN, answering, create, zipped

ROLE = "arn:aws:iam::000000000000:role/gateway"


def uri(function: str) -> str:
    return (
        f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}{function}/invocations"
    )


def proxy(function: str = "orders") -> dict[str, str]:
    return {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri(function)}


ECHO = zipped(
    "import json\n"
    "def handler(event, context):\n"
    "    return {'statusCode': 200, 'body': json.dumps(event)}\n"
)


async def function_api(
    context: Context, code: bytes, path: str = "/{proxy+}", method: str = "ANY", **more: object
) -> dict[str, object]:
    await create(context, Code={"ZipFile": code})
    api = await make_api(context, **more)
    await make_method(context, api, path, method, proxy())
    await deploy(context, api, variables={"colour": "red"})
    return api


async def test_a_function_gets_the_request_in_format_1_0(world: World) -> None:
    api = await function_api(world.context, ECHO)
    await world.settle()

    reply = await ask(
        world,
        api,
        "/live/orders/a%20b?q=1&q=2&empty=",
        "POST",
        b'{"x": 1}',
        content_type="application/json",
        user_agent="test",
    )
    event = orjson.loads(reply.body)  # type: ignore[arg-type]

    assert reply.status == 200
    assert set(event) == {
        *("resource", "path", "httpMethod", "headers", "multiValueHeaders"),
        *("queryStringParameters", "multiValueQueryStringParameters", "pathParameters"),
        *("stageVariables", "requestContext", "body", "isBase64Encoded"),
    }
    assert event["resource"] == "/{proxy+}"
    assert event["path"] == "/orders/a b"
    assert event["httpMethod"] == "POST"
    assert event["pathParameters"] == {"proxy": "orders/a b"}
    assert event["queryStringParameters"] == {"q": "2", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "empty": [""]}
    assert event["stageVariables"] == {"colour": "red"}
    assert (event["body"], event["isBase64Encoded"]) == ('{"x": 1}', False)
    assert event["headers"]["Content-Type"] == "application/json"
    assert event["multiValueHeaders"]["X-Forwarded-For"] == ["127.0.0.1"]
    about = event["requestContext"]
    assert about["path"] == "/live/orders/a b"
    assert about["apiId"] == api["id"]
    assert about["identity"]["userAgent"] == "test"
    assert about["identity"]["sourceIp"] == "127.0.0.1"
    assert about["requestId"] == header(reply, "x-amzn-requestid")
    assert about["stage"] == "live"
    assert "authorizer" not in about


async def test_what_is_not_sent_is_null(world: World) -> None:
    api = await function_api(world.context, ECHO, "/", "GET")
    await world.settle()

    event = told(await ask(world, api))

    assert event["body"] is None
    for name in (*("queryStringParameters", "multiValueQueryStringParameters", "pathParameters"),):
        assert event[name] is None


async def test_a_function_answers_with_status_headers_and_body(world: World) -> None:
    answer = {
        "statusCode": 201,
        "headers": {"X-One": 1, "Content-Type": "text/plain", "Date": "today"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": "made",
    }
    api = await function_api(world.context, answering(answer))
    await world.settle()

    reply = await ask(world, api, "/live/x")

    assert (reply.status, reply.body) == (201, b"made")
    assert header(reply, "x-one") == "1"
    assert header(reply, "content-type") == "text/plain"
    assert header(reply, "x-amzn-remapped-date") == "today"
    assert [value for name, value in reply.headers if name == "Set-Cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        None,
        {"statusCode": "many"},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "headers": "none"},
        {"message": "no proxy"},
    ],
)
async def test_a_malformed_answer_is_a_bad_gateway(world: World, answer: object) -> None:
    api = await function_api(world.context, answering(answer))
    await world.settle()

    reply = await ask(world, api, "/live/x")

    assert (reply.status, told(reply)) == (502, {"message": "Internal server error"})


async def test_a_function_that_fails_is_a_bad_gateway(world: World) -> None:
    api = await function_api(world.context, zipped("def handler(event, context):\n    1 / 0\n"))
    await world.settle()

    assert (await ask(world, api, "/live/x")).status == 502


async def test_more_than_a_function_takes_is_too_long(world: World) -> None:
    api = await function_api(world.context, ECHO)

    reply = await ask(world, api, "/live/x", method="POST", body=b"x" * 7_000_000)

    assert (reply.status, told(reply)) == (413, {"message": "Request Too Long"})


async def test_a_function_that_is_not_there_is_an_error_of_the_api(world: World) -> None:
    api = await make_api(world.context)
    await make_method(world.context, api, "/", "GET", proxy("nothing"))
    await deploy(world.context, api)

    reply = await ask(world, api)

    assert (reply.status, told(reply)) == (500, {"message": "Internal server error"})


async def test_a_function_that_takes_too_long_goes_on_without_its_api(world: World) -> None:
    context = world.context
    source = (
        "import time\n"
        "ended = 0\n"
        "def handler(event, context):\n"
        "    global ended\n"
        "    if event['path'] == '/slow':\n"
        "        time.sleep(0.3)\n"
        "        ended += 1\n"
        "    return {'statusCode': 200, 'body': str(ended)}\n"
    )
    await create(context, Code={"ZipFile": zipped(source)})
    api = await make_api(context)
    await make_method(context, api, "/slow", "GET", {**proxy(), "timeoutInMillis": 100})
    await make_method(context, api, "/ended", "GET", proxy())
    await deploy(context, api)
    await world.settle()

    reply = await ask(world, api, "/live/slow")

    assert (reply.status, told(reply)) == (504, {"message": "Endpoint request timed out"})
    await asyncio.wait(integrations.STILL_RUNNING)
    assert (await ask(world, api, "/live/ended")).body == b"1"


async def test_a_stage_tells_of_its_requests_in_traces(world: World) -> None:
    context = world.context
    await create(
        context, Code={"ZipFile": answering({"statusCode": 404})}, TracingConfig={"Mode": "Active"}
    )
    api = await make_api(context)
    await make_method(context, api, "/", "GET", proxy())
    await deploy(context, api, tracingEnabled=True)
    await world.settle()
    root = "1-5759e988-bd862e3fe1be46a994272793"

    reply = await ask(world, api, x_amzn_trace_id=f"Root={root};Sampled=1")
    await ask(world, api, x_amzn_trace_id="Root=1-5759e988-bd862e3fe1be46a994272794;Sampled=0")
    await world.platform.traces.write()

    found = await context.call("xray", "BatchGetTraces", {"TraceIds": [root, f"{root[:-1]}4"]})
    [trace] = found["Traces"]
    segments = [orjson.loads(each["Document"]) for each in trace["Segments"]]
    by_origin = {each.get("origin"): each for each in segments}
    stage = by_origin["AWS::ApiGateway::Stage"]
    assert (stage["name"], stage["error"]) == ("shop/live", True)
    assert stage["http"]["response"]["status"] == 404
    [integration] = stage["subsegments"]
    assert integration["name"] == "Lambda"
    assert by_origin["AWS::Lambda"]["parent_id"] == integration["id"]
    assert f"Root={root}" in str(header(reply, "x-amzn-trace-id"))


async def test_binary_bodies_go_in_and_out_as_base64(world: World) -> None:
    source = (
        "def handler(event, context):\n"
        "    assert event['isBase64Encoded']\n"
        "    return {'statusCode': 200, 'body': event['body'], 'isBase64Encoded': True,"
        " 'headers': {'Content-Type': 'image/png'}}\n"
    )
    api = await function_api(world.context, zipped(source), binaryMediaTypes=["image/png"])
    await world.settle()
    picture = bytes(range(256))

    reply = await ask(
        world, api, "/live/x", "POST", picture, content_type="image/png", accept="image/png"
    )
    as_text = await ask(world, api, "/live/x", "POST", picture, content_type="image/png")

    assert reply.body == picture
    assert as_text.body == base64.b64encode(picture)


async def test_a_function_without_proxy_is_mapped_both_ways(world: World) -> None:
    context = world.context
    source = (
        "def handler(event, context):\n"
        "    if event['n'] > 5:\n"
        "        raise Exception('TooMany: ' + str(event['n']))\n"
        "    return {'twice': event['n'] * 2}\n"
    )
    await create(context, Code={"ZipFile": zipped(source)})
    api = await make_api(context)
    named = await make_method(
        context,
        api,
        "/{n}",
        "GET",
        {
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "uri": uri("orders").replace(f"{ARN}orders", f"{ARN}${{stageVariables.function}}"),
            "requestTemplates": {"application/json": '{"n": $input.params("n")}'},
        },
    )
    await answers(
        context,
        named,
        responseTemplates={"application/json": "#set($r = $input.path('$'))result $r.twice"},
        responseParameters={"method.response.header.X-N": "integration.response.body.twice"},
    )
    await answers(
        context,
        named,
        "429",
        selectionPattern="TooMany.*",
        responseTemplates={"application/json": "$input.path('$.errorMessage')"},
    )
    await deploy(context, api, variables={"function": "orders"})
    await world.settle()

    few, many = await ask(world, api, "/live/3"), await ask(world, api, "/live/9")

    assert (few.status, few.body, header(few, "x-n")) == (200, b"result 6", "6")
    assert (many.status, many.body) == (429, b"TooMany: 9")


async def test_a_request_becomes_a_message(world: World) -> None:
    context = world.context
    queue = (await context.call("sqs", "CreateQueue", {"QueueName": "orders"}))["QueueUrl"]
    api = await make_api(context)
    named = await make_method(
        context,
        api,
        "/",
        "POST",
        {
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "credentials": ROLE,
            "uri": "arn:aws:apigateway:us-east-1:sqs:path/000000000000/orders",
            "requestParameters": {
                "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"
            },
            "requestTemplates": {
                "application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"
            },
        },
    )
    await answers(context, named)
    await deploy(context, api)

    reply = await ask(world, api, "/live", "POST", b'{"id": "a b&c"}')

    assert reply.status == 200
    assert b"<SendMessageResponse" in reply.body  # type: ignore[operator]
    received = await context.call("sqs", "ReceiveMessage", {"QueueUrl": queue})
    assert received["Messages"][0]["Body"] == '{"id": "a b&c"}'


async def test_a_request_starts_an_execution(world: World) -> None:
    context = world.context
    machine = await context.call(
        "stepfunctions",
        "CreateStateMachine",
        {
            "name": "orders",
            "roleArn": ROLE,
            "definition": '{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}',
        },
    )
    api = await make_api(context)
    named = await make_method(
        context,
        api,
        "/",
        "POST",
        {
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "credentials": ROLE,
            "uri": "arn:aws:apigateway:us-east-1:states:action/StartExecution",
            "requestTemplates": {
                "application/json": '{"input": "$util.escapeJavaScript($input.json(\'$\'))",'
                f' "stateMachineArn": "{machine["stateMachineArn"]}"}}'
            },
        },
    )
    await answers(context, named)
    await answers(context, named, "400", selectionPattern="4\\d{2}")
    await deploy(context, api)

    reply = await ask(world, api, "/live", "POST", b'{"id": 7}')
    await world.settle()

    execution = await context.call(
        "stepfunctions", "DescribeExecution", {"executionArn": told(reply)["executionArn"]}
    )
    assert (execution["status"], execution["input"]) == ("SUCCEEDED", '{"id":7}')
    await context.call(
        "stepfunctions", "DeleteStateMachine", {"stateMachineArn": machine["stateMachineArn"]}
    )
    await world.settle()
    refused = await ask(world, api, "/live", "POST", b"{}")
    assert (refused.status, "StateMachineDoesNotExist" in str(told(refused))) == (400, True)


async def test_an_object_is_read_by_its_path(world: World) -> None:
    context = world.context
    await context.call("s3", "CreateBucket", {"Bucket": "pictures"})
    await context.call(
        "s3", "PutObject", {"Bucket": "pictures", "Key": "a/b.png", "Body": b"\x89PNG"}
    )
    api = await make_api(context, binaryMediaTypes=["image/png"])
    named = await make_method(
        context,
        api,
        "/{key+}",
        "GET",
        {
            "type": "AWS",
            "integrationHttpMethod": "GET",
            "credentials": ROLE,
            "uri": "arn:aws:apigateway:us-east-1:s3:path/pictures/{key}",
            "requestParameters": {"integration.request.path.key": "method.request.path.key"},
        },
        requestParameters={"method.request.path.key": True},
    )
    await answers(
        context,
        named,
        responseParameters={"method.response.header.ETag": "integration.response.header.ETag"},
    )
    await answers(context, named, "404", selectionPattern="404")
    await deploy(context, api)

    reply = await ask(world, api, "/live/a/b.png", accept="image/png")

    assert (reply.status, reply.body) == (200, b"\x89PNG")
    assert header(reply, "etag")
    assert (await ask(world, api, "/live/none")).status == 404


async def test_topics_are_published_to_by_parameters(world: World) -> None:
    context = world.context
    topic = (await context.call("sns", "CreateTopic", {"Name": "news"}))["TopicArn"]
    api = await make_api(context)
    named = await make_method(
        context,
        api,
        "/",
        "POST",
        {
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "credentials": ROLE,
            "uri": "arn:aws:apigateway:us-east-1:sns:action/Publish",
            "requestParameters": {
                "integration.request.querystring.Message": "method.request.body.text",
                "integration.request.querystring.TopicArn": f"'{topic}'",
            },
        },
    )
    await answers(context, named)
    await deploy(context, api)

    reply = await ask(world, api, "/live", "POST", b'{"text": "hello"}')

    assert (reply.status, b"MessageId" in reply.body) == (200, True)  # type: ignore[operator]


async def test_a_test_invoke_needs_no_deployment(world: World) -> None:
    context = world.context
    api = await make_api(context)
    named = await make_method(context, api, "/{name}")
    await answers(context, named, responseTemplates={"application/json": "$input.params('name')"})

    reply = await call(context, "TestInvokeMethod", **named, pathWithQueryString="/ann?x=1")

    assert (reply["status"], reply["body"]) == (200, "ann")
    assert "Method completed with status: 200" in reply["log"]
