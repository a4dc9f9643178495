"""Which operation a request asks for, in all the ways that clients ask."""

from dataclasses import replace

import pytest

from lambent.core.errors import NotSupported
from lambent.wire.errors import InvalidAction, UnknownOperation
from lambent.wire.messages import HttpRequest
from lambent.wire.routing import Route, bucket_and_key, route, streams_input
from tests.unit.wire.requests import SERVICES, form, rest, targeted


def asked(request: HttpRequest) -> tuple[str, str]:
    found = route(request, SERVICES)
    return found.service, found.operation


@pytest.mark.parametrize(
    ("method", "path", "query", "operation", "params"),
    [
        ("GET", "/", "", "ListBuckets", {}),
        ("GET", "/", "x-id=ListBuckets", "ListBuckets", {}),
        ("PUT", "/b", "", "CreateBucket", {"Bucket": "b"}),
        ("PUT", "/b/", "", "CreateBucket", {"Bucket": "b"}),
        ("HEAD", "/b/", "", "HeadBucket", {"Bucket": "b"}),
        ("GET", "/b", "", "ListObjects", {"Bucket": "b"}),
        ("GET", "/b", "prefix=a&marker=x", "ListObjects", {"Bucket": "b"}),
        ("GET", "/b/", "list-type=2&prefix=", "ListObjectsV2", {"Bucket": "b"}),
        ("GET", "/b/", "list-type=2&x-id=ListObjectsV2", "ListObjectsV2", {"Bucket": "b"}),
        ("GET", "/b", "versioning", "GetBucketVersioning", {"Bucket": "b"}),
        ("GET", "/b", "versioning=", "GetBucketVersioning", {"Bucket": "b"}),
        ("GET", "/b", "versions", "ListObjectVersions", {"Bucket": "b"}),
        ("GET", "/b", "uploads", "ListMultipartUploads", {"Bucket": "b"}),
        ("GET", "/b", "lifecycle", "GetBucketLifecycleConfiguration", {"Bucket": "b"}),
        ("PUT", "/b", "notification", "PutBucketNotificationConfiguration", {"Bucket": "b"}),
        ("GET", "/b", "analytics", "ListBucketAnalyticsConfigurations", {"Bucket": "b"}),
        ("GET", "/b", "analytics&id=1", "GetBucketAnalyticsConfiguration", {"Bucket": "b"}),
        ("POST", "/b", "delete", "DeleteObjects", {"Bucket": "b"}),
        ("PUT", "/b/k", "", "PutObject", {"Bucket": "b", "Key": "k"}),
        ("PUT", "/b/k", "x-id=PutObject", "PutObject", {"Bucket": "b", "Key": "k"}),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", "UploadPart", {"Bucket": "b", "Key": "k"}),
        ("PUT", "/b/k", "tagging", "PutObjectTagging", {"Bucket": "b", "Key": "k"}),
        ("GET", "/b/k", "uploadId=u", "ListParts", {"Bucket": "b", "Key": "k"}),
        ("GET", "/b/k", "versionId=1&partNumber=2", "GetObject", {"Bucket": "b", "Key": "k"}),
        ("GET", "/b/k", "X-Amz-Expires=60", "GetObject", {"Bucket": "b", "Key": "k"}),
        ("POST", "/b/k", "uploads", "CreateMultipartUpload", {"Bucket": "b", "Key": "k"}),
        ("POST", "/b/k", "uploadId=u", "CompleteMultipartUpload", {"Bucket": "b", "Key": "k"}),
        ("DELETE", "/b/k", "uploadId=u", "AbortMultipartUpload", {"Bucket": "b", "Key": "k"}),
        ("DELETE", "/b/k", "", "DeleteObject", {"Bucket": "b", "Key": "k"}),
        (
            "POST",
            "/b/k",
            "select&select-type=2",
            "SelectObjectContent",
            {"Bucket": "b", "Key": "k"},
        ),
        ("GET", "/b//a//b/", "", "GetObject", {"Bucket": "b", "Key": "/a//b/"}),
        ("GET", "/b/a%2Fb%20c%2B+d", "", "GetObject", {"Bucket": "b", "Key": "a/b c++d"}),
        ("GET", "/b/%C3%BC/%3F%25", "", "GetObject", {"Bucket": "b", "Key": "ü/?%"}),
        ("GET", "/b/./../x", "", "GetObject", {"Bucket": "b", "Key": "./../x"}),
        ("GET", "/b//", "", "GetObject", {"Bucket": "b", "Key": "/"}),
    ],
)
def test_the_awkward_paths_of_s3(
    method: str, path: str, query: str, operation: str, params: dict[str, str]
) -> None:
    found = route(rest("s3", method, path, query), SERVICES)
    assert found == Route("s3", operation, "rest-xml", params)


def test_a_copy_is_told_from_a_put_by_its_header() -> None:
    assert asked(rest("s3", "PUT", "/b/k", x_amz_copy_source="/a/k"))[1] == "CopyObject"
    part = rest("s3", "PUT", "/b/k", "partNumber=1&uploadId=u", x_amz_copy_source="/a/k")
    assert asked(part)[1] == "UploadPartCopy"


@pytest.mark.parametrize(
    ("host", "path", "bucket"),
    [
        ("b.s3.localhost:4566", "/k", "b"),
        ("my.dotted.b.s3.localhost", "/k", "my.dotted.b"),
        ("b.s3.us-east-1.amazonaws.com", "/k", "b"),
        ("b.s3-eu-west-1.amazonaws.com", "/k", "b"),
        ("b.localhost:4566", "/k", "b"),
        ("s3.localhost:4566", "/b/k", "b"),
        ("s3.amazonaws.com", "/b/k", "b"),
        ("localhost:4566", "/b/k", "b"),
        ("[::1]:4566", "/b/k", "b"),
    ],
)
def test_the_bucket_may_stand_in_the_host(host: str, path: str, bucket: str) -> None:
    found = route(rest("s3", "GET", path, host=host), SERVICES)
    assert found == Route("s3", "GetObject", "rest-xml", {"Bucket": bucket, "Key": "k"})


def test_the_root_of_a_buckets_host_is_the_bucket() -> None:
    assert asked(rest("s3", "GET", "/", host="b.s3.localhost")) == ("s3", "ListObjects")
    assert asked(rest("s3", "PUT", "/", host="b.s3.localhost")) == ("s3", "CreateBucket")


@pytest.mark.parametrize(
    ("request_", "service", "operation"),
    [
        (targeted("AmazonSQS.SendMessage", {}), "sqs", "SendMessage"),
        (targeted("DynamoDB_20120810.PutItem", {}), "dynamodb", "PutItem"),
        (targeted("DynamoDBStreams_20120810.ListStreams", {}), "dynamodbstreams", "ListStreams"),
        (targeted("AWSStepFunctions.StartExecution", {}), "stepfunctions", "StartExecution"),
        (targeted("GraniteServiceVersion20100801.ListMetrics", {}), "cloudwatch", "ListMetrics"),
        (rest("apigateway", "GET", "/restapis"), "apigateway", "GetRestApis"),
        (rest("apigateway", "POST", "/restapis", "mode=import"), "apigateway", "ImportRestApi"),
        (rest("apigateway", "GET", "/v2/apis/1"), "apigatewayv2", "GetApi"),
        (rest("lambda", "GET", "/2015-03-31/functions/"), "lambda", "ListFunctions"),
        (rest("lambda", "GET", "/2015-03-31/functions"), "lambda", "ListFunctions"),
        (rest(None, "GET", "/2015-03-31/functions"), "lambda", "ListFunctions"),
        (rest(None, "GET", "/bucket/key"), "s3", "GetObject"),
        (rest(None, "POST", "/TraceSegments"), "xray", "PutTraceSegments"),
        (form("iam", {"Action": "ListRoles", "Version": "2010-05-08"}), "iam", "ListRoles"),
        (form(None, {"Action": "ListRoles", "Version": "2010-05-08"}), "iam", "ListRoles"),
        (
            form(None, {"Action": "GetCallerIdentity", "Version": "2011-06-15"}),
            "sts",
            "GetCallerIdentity",
        ),
        (form("sqs", {"Action": "SendMessage", "Version": "2012-11-05"}), "sqs", "SendMessage"),
        (form("monitoring", {"Action": "ListMetrics"}), "cloudwatch", "ListMetrics"),
        (
            rest(None, "GET", "/", "Action=ConfirmSubscription&TopicArn=a&Token=t"),
            "sns",
            "ConfirmSubscription",
        ),
    ],
)
def test_services_are_found_by_what_clients_say(
    request_: HttpRequest, service: str, operation: str
) -> None:
    assert asked(request_) == (service, operation)


@pytest.mark.parametrize(
    ("host", "path", "service", "operation"),
    [
        ("scheduler.us-east-1.amazonaws.com", "/schedules", "scheduler", "ListSchedules"),
        ("lambda.localhost:4566", "/2015-03-31/functions/", "lambda", "ListFunctions"),
        ("bucket.s3.localhost", "/", "s3", "ListObjects"),
    ],
)
def test_without_a_signature_the_host_tells(
    host: str, path: str, service: str, operation: str
) -> None:
    assert asked(rest(None, "GET", path, host=host)) == (service, operation)


def test_a_prefix_of_the_host_does_not_hide_the_service() -> None:
    request = form(None, {"Action": "SendMessage"})
    for host in ("sync-sqs.us-east-1.amazonaws.com", "stream-sqs.localhost"):
        hosted = replace(request, headers={**request.headers, "host": host})
        assert asked(hosted) == ("sqs", "SendMessage")


def test_a_presigned_url_names_its_service() -> None:
    query = (
        "X-Amz-Credential=test%2F20250101%2Fus-east-1%2Fsts%2Faws4_request&Action=GetCallerIdentity"
    )
    assert asked(rest(None, "GET", "/", query)) == ("sts", "GetCallerIdentity")


def test_rpc_v2_names_service_and_operation_in_the_path() -> None:
    request = HttpRequest(
        "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", "", {}, b""
    )
    found = route(request, SERVICES)
    assert found == Route("cloudwatch", "ListMetrics", "smithy-rpc-v2-cbor", {})


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("", "GetDurableExecution"),
        ("/", "GetDurableExecution"),
        ("/history", "GetDurableExecutionHistory"),
        ("/state", "GetDurableExecutionState"),
    ],
)
@pytest.mark.parametrize("slash", ["/", "%2F"])
def test_an_arn_in_a_path_may_have_its_slashes_as_they_are(
    path: str, operation: str, slash: str
) -> None:
    """
    AWS: SDKs encode them, other clients need not.
    """
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f:1/durable-execution/name/id"
    asked_for = f"/2025-12-01/durable-executions/{arn.replace('/', slash)}{path}"
    found = route(rest("lambda", "GET", asked_for), SERVICES)

    assert found.operation == operation
    assert found.path_params == {"DurableExecutionArn": arn}


def test_a_path_of_many_arns_is_not_searched() -> None:
    path = "/2025-12-01/durable-executions/" + "arn:/" * 1_000
    with pytest.raises(UnknownOperation):
        route(rest("lambda", "GET", path), SERVICES)


def test_labels_are_decoded() -> None:
    arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af%3Alive"
    found = route(rest("lambda", "POST", f"/2015-03-31/functions/{arn}/invocations"), SERVICES)
    assert found.path_params == {
        "FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:f:live"
    }


@pytest.mark.parametrize(
    "request_",
    [
        targeted("Textract.DetectDocumentText", {}),
        rest("eks", "GET", "/clusters"),
        form("autoscaling", {"Action": "DescribeAutoScalingGroups", "Version": "2011-01-01"}),
    ],
)
def test_a_service_that_lambent_does_not_have_is_named(request_: HttpRequest) -> None:
    with pytest.raises(NotSupported, match=r"textract|eks|autoscaling"):
        route(request_, SERVICES)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (targeted("AmazonSQS.Fly", {}), UnknownOperation),
        (targeted("NoSuchThing.Fly", {}), UnknownOperation),
        (targeted("", {}), UnknownOperation),
        (rest("lambda", "GET", "/2015-03-31/nothing"), UnknownOperation),
        (form("iam", {"Action": "Fly", "Version": "2010-05-08"}), InvalidAction),
        (form("iam", {}), InvalidAction),
    ],
)
def test_an_operation_that_does_not_exist_is_refused(
    request_: HttpRequest, error: type[Exception]
) -> None:
    if request_.headers.get("x-amz-target") == "":
        request_ = replace(request_, headers={**rest("kms", "POST", "/").headers})
    with pytest.raises(error):
        route(request_, SERVICES)


def test_streams_are_known_before_the_body_is_read() -> None:
    assert streams_input(route(rest("s3", "PUT", "/b/k"), SERVICES))
    assert not streams_input(route(rest("s3", "PUT", "/b"), SERVICES))


@pytest.mark.parametrize(
    ("host", "path", "found"),
    [
        ("127.0.0.1:4566", "/b", ("b", "")),
        ("127.0.0.1:4566", "/b/", ("b", "")),
        ("localhost:4566", "/b/a%20b/c", ("b", "a b/c")),
        ("b.s3.localhost:4566", "/k", ("b", "k")),
        ("b.localhost:4566", "/", ("b", "")),
        ("s3.us-east-1.amazonaws.com", "/b/k", ("b", "k")),
        ("127.0.0.1:4566", "/", None),
        ("lambda.us-east-1.amazonaws.com", "/b/k", None),
        ("127.0.0.1:4566", "/2015-03-31/functions", None),
        ("127.0.0.1:4566", "/service/X/operation/Y", None),
    ],
)
def test_a_preflight_to_s3_names_bucket_and_key(
    host: str, path: str, found: tuple[str, str] | None
) -> None:
    request = HttpRequest("OPTIONS", path, "", {"host": host}, b"")
    assert bucket_and_key(request, SERVICES) == found


@pytest.mark.parametrize(
    "request_",
    [
        rest("lambda", "POST", "/b/k"),
        targeted("AmazonSQS.SendMessage", {}),
        form(None, {"Action": "GetCallerIdentity"}),
        rest(None, "GET", "/b/k", "Action=GetCallerIdentity&Version=2011-06-15"),
    ],
)
def test_what_is_for_another_service_names_no_bucket(request_: HttpRequest) -> None:
    assert bucket_and_key(request_, SERVICES) is None
