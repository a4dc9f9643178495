"""The optimised integrations, against the services themselves."""

import json
from typing import Any

from tests.services.lambda_.functions import ARN, create, zipped
from tests.services.stepfunctions.workflows import Workflows, chain, task


async def queue_url(workflows: Workflows) -> str:
    reply = await workflows.context.call("sqs", "CreateQueue", {"QueueName": "orders"})
    return str(reply["QueueUrl"])


async def received(workflows: Workflows, url: str) -> Any:
    reply = await workflows.context.call("sqs", "ReceiveMessage", {"QueueUrl": url})
    return json.loads(reply["Messages"][0]["Body"])


async def test_a_message_body_may_be_any_json(workflows: Workflows) -> None:
    url = await queue_url(workflows)

    described = await workflows.run(
        chain(Send=task("sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"a.$": "$.a"}})),
        {"a": [1]},
    )

    output = json.loads(described["output"])
    assert set(output) == {
        "MD5OfMessageBody",
        "MessageId",
        "SdkHttpMetadata",
        "SdkResponseMetadata",
    }
    assert await received(workflows, url) == {"a": [1]}


async def test_a_token_travels_in_a_message_and_its_answer_comes_back(
    workflows: Workflows,
) -> None:
    url = await queue_url(workflows)
    body = {"token.$": "$$.Task.Token"}
    execution = await workflows.start(
        await workflows.create(
            chain(
                Ask=task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": url, "MessageBody": body})
            )
        )
    )
    await workflows.world.settle()

    token = (await received(workflows, url))["token"]
    await workflows.call("SendTaskSuccess", taskToken=token, output='"approved"')

    assert (await workflows.describe(execution))["output"] == '"approved"'


async def test_a_queue_that_is_not_there_fails_under_the_name_of_each_integration(
    workflows: Workflows,
) -> None:
    url = "http://127.0.0.1:4566/000000000000/none"
    given = {"QueueUrl": url, "MessageBody": "hello"}

    optimised = await workflows.run(chain(Send=task("sqs:sendMessage", given)), name="optimised")
    sdk = await workflows.run(chain(Send=task("aws-sdk:sqs:sendMessage", given)), name="sdk")

    assert optimised["error"] == "SQS.QueueDoesNotExistException"
    assert sdk["error"] == "Sqs.QueueDoesNotExistException"
    assert "(Service: AmazonSQS; Status Code: 400; Error Code: " in optimised["cause"]
    assert "(Service: Sqs, Status Code: 400, Request ID: " in sdk["cause"]


# Functions ------------------------------------------------------------------------------------

_HANDLER = """
class Refused(Exception):
    pass

def handler(event, context):
    if event.get("refuse"):
        raise Refused("not today")
    return {"got": event, "as": context.invoked_function_arn}
"""


async def function(workflows: Workflows) -> str:
    await create(workflows.context, "orders", Code={"ZipFile": zipped(_HANDLER)})
    await workflows.world.settle()
    return ARN + "orders"


async def test_a_functions_own_arn_gives_its_answer_and_nothing_else(
    workflows: Workflows,
) -> None:
    arn = await function(workflows)
    execution = await workflows.start(
        await workflows.create(chain(Call={"Type": "Task", "Resource": arn})), {"a": 1}
    )
    await workflows.world.settle()

    described = await workflows.describe(execution)
    assert json.loads(described["output"]) == {"got": {"a": 1}, "as": arn}
    assert await workflows.event_types(execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


async def test_lambda_invoke_gives_the_payload_inside_what_the_api_answers(
    workflows: Workflows,
) -> None:
    arn = await function(workflows)
    given = {"FunctionName": arn, "Payload.$": "$"}

    described = await workflows.run(chain(Call=task("lambda:invoke", given)), {"a": 1})

    output = json.loads(described["output"])
    assert set(output) == {
        "ExecutedVersion",
        "Payload",
        "SdkHttpMetadata",
        "SdkResponseMetadata",
        "StatusCode",
    }
    assert output["Payload"] == {"got": {"a": 1}, "as": arn}
    assert (output["ExecutedVersion"], output["StatusCode"]) == ("$LATEST", 200)


async def test_an_alias_runs_its_version(workflows: Workflows) -> None:
    arn = await function(workflows)
    await workflows.context.call("lambda", "PublishVersion", {"FunctionName": "orders"})
    await workflows.world.settle()
    alias = {"FunctionName": "orders", "Name": "live", "FunctionVersion": "1"}
    await workflows.context.call("lambda", "CreateAlias", alias)

    described = await workflows.run(
        chain(Call=task("lambda:invoke", {"FunctionName": f"{arn}:live", "Payload": {}}))
    )

    assert json.loads(described["output"])["ExecutedVersion"] == "1"


async def test_what_a_function_raises_is_the_error_of_the_task(workflows: Workflows) -> None:
    arn = await function(workflows)
    given = {"FunctionName": arn, "Payload": {"refuse": True}}

    by_arn = await workflows.run(
        chain(Call={"Type": "Task", "Resource": arn}), {"refuse": True}, name="by-arn"
    )
    optimised = await workflows.run(chain(Call=task("lambda:invoke", given)), name="optimised")

    for described in (by_arn, optimised):
        assert (described["status"], described["error"]) == ("FAILED", "Refused")
        cause = json.loads(described["cause"])
        assert cause["errorMessage"] == "not today"
        assert set(cause) >= {"errorType", "stackTrace"}


async def test_a_function_that_is_not_there_fails_as_lambda_says(workflows: Workflows) -> None:
    given = {"FunctionName": ARN + "none", "Payload": {}}

    described = await workflows.run(chain(Call=task("lambda:invoke", given)))

    assert described["error"] == "Lambda.ResourceNotFoundException"
    assert "Function not found" in described["cause"]
    assert "(Service: Lambda, Status Code: 404, Request ID: " in described["cause"]


async def test_the_sdks_invoke_gives_the_payload_as_text(workflows: Workflows) -> None:
    await function(workflows)
    given = {"FunctionName": "orders", "Payload": {"a": 1}}

    described = await workflows.run(chain(Call=task("aws-sdk:lambda:invoke", given)))

    output = json.loads(described["output"])
    assert json.loads(output["Payload"])["got"] == {"a": 1}
    assert output["StatusCode"] == 200


# Topics and buckets -----------------------------------------------------------------------------


async def test_a_published_message_may_be_any_json(workflows: Workflows) -> None:
    topic = (await workflows.context.call("sns", "CreateTopic", {"Name": "news"}))["TopicArn"]
    url = await queue_url(workflows)
    endpoint = workflows.context.arn("sqs", "orders")
    await workflows.context.call(
        "sns", "Subscribe", {"TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint}
    )

    described = await workflows.run(
        chain(Tell=task("sns:publish", {"TopicArn": topic, "Message": {"a": 1}, "Subject": "News"}))
    )

    output = json.loads(described["output"])
    assert set(output) == {"MessageId", "SdkHttpMetadata", "SdkResponseMetadata"}
    notification = await received(workflows, url)
    assert (notification["Subject"], json.loads(notification["Message"])) == ("News", {"a": 1})


async def test_a_topic_that_is_not_there_fails_as_sns_says(workflows: Workflows) -> None:
    topic = workflows.context.arn("sns", "none")

    described = await workflows.run(
        chain(Tell=task("sns:publish", {"TopicArn": topic, "Message": "hello"}))
    )

    assert described["error"] == "SNS.NotFoundException"


async def test_an_object_is_put_and_read_as_text(workflows: Workflows) -> None:
    await workflows.context.call("s3", "CreateBucket", {"Bucket": "papers"})
    place = {"Bucket": "papers", "Key": "a.json"}

    described = await workflows.run(
        chain(
            Put=task("aws-sdk:s3:putObject", {**place, "Body": {"a": 1}}),
            Get=task("aws-sdk:s3:getObject", place, ResultSelector={"body.$": "$.Body"}),
        )
    )

    assert json.loads(described["output"]) == {"body": '{"a":1}'}


async def test_a_bucket_that_is_not_there_fails_as_s3_says(workflows: Workflows) -> None:
    described = await workflows.run(
        chain(Get=task("aws-sdk:s3:getObject", {"Bucket": "none-of-them", "Key": "a"}))
    )

    assert described["error"] == "S3.NoSuchBucketException"
    assert "(Service: S3, Status Code: 404, Request ID: " in described["cause"]


async def test_credentials_name_the_role_that_calls(workflows: Workflows) -> None:
    other = "arn:aws:iam::111111111111:role/other"

    described = await workflows.run(
        chain(Who=task("aws-sdk:sts:getCallerIdentity", {}, Credentials={"RoleArn": other}))
    )

    assert json.loads(described["output"])["Account"] == "111111111111"


# What is told of the HTTP reply ------------------------------------------------------------------


async def test_the_headers_of_a_functions_answer_are_told(workflows: Workflows) -> None:
    arn = await function(workflows)
    given = {"FunctionName": arn, "Payload": {"a": 1}}

    described = await workflows.run(chain(Call=task("lambda:invoke", given)))

    output = json.loads(described["output"])
    told = output["SdkHttpMetadata"]
    length = len(json.dumps(output["Payload"]))
    assert list(told["AllHttpHeaders"]) == [
        "X-Amz-Executed-Version",
        "x-amzn-Remapped-Content-Length",
        "Connection",
        "x-amzn-RequestId",
        "Content-Length",
        "Date",
        "X-Amzn-Trace-Id",
        "Content-Type",
    ]
    assert told["AllHttpHeaders"]["Content-Length"] == [str(length)]
    assert list(told["HttpHeaders"]) == sorted(told["AllHttpHeaders"], key=str.lower)
    request = output["SdkResponseMetadata"]["RequestId"]
    assert told["HttpHeaders"]["x-amzn-RequestId"] == request


async def test_the_length_of_a_queues_answer_is_told(workflows: Workflows) -> None:
    given = {"QueueUrl": await queue_url(workflows), "MessageBody": "hello"}

    described = await workflows.run(chain(Send=task("sqs:sendMessage", given)))

    told = json.loads(described["output"])["SdkHttpMetadata"]["HttpHeaders"]
    # As long as AWS's: the digest and the identity of the message.
    assert (told["Content-Length"], told["connection"]) == ("106", "keep-alive")


async def test_events_answer_with_their_entries_alone(workflows: Workflows) -> None:
    entry = {"Source": "orders", "DetailType": "placed", "Detail": {"a": 1}}

    described = await workflows.run(chain(Tell=task("events:putEvents", {"Entries": [entry]})))

    assert set(json.loads(described["output"])) == {"Entries", "FailedEntryCount"}


async def test_the_log_of_a_function_is_told_where_it_is_asked_for(workflows: Workflows) -> None:
    arn = await function(workflows)
    given = {"FunctionName": arn, "Payload": {}, "LogType": "Tail"}

    described = await workflows.run(chain(Call=task("lambda:invoke", given)))

    output = json.loads(described["output"])
    headers = output["SdkHttpMetadata"]["AllHttpHeaders"]
    assert next(iter(headers)) == "X-Amz-Log-Result"
    assert headers["X-Amz-Log-Result"] == [output["LogResult"]]
