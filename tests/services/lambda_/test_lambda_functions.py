"""Creating, reading, listing and deleting functions."""

import hashlib
import io
import re
import zipfile
from base64 import b64encode
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.server.hosts import OWN, OwnPages
from lambent.wire.messages import HttpRequest
from tests.conftest import World
from tests.services.lambda_.functions import (
    ARN,
    ECHO,
    ROLE,
    call,
    create,
    invoke,
    make_role,
    refused,
    status,
    zipped,
)


async def test_a_function_is_pending_and_then_active(world: World) -> None:
    package = zipped(ECHO)
    created = await create(world.context, Code={"ZipFile": package}, Description="echo")

    assert created == {
        "FunctionName": "orders",
        "FunctionArn": f"{ARN}orders",
        "Runtime": "python3.11",
        "Role": ROLE,
        "Handler": "main.handler",
        "CodeSize": len(package),
        "Description": "echo",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": "2025-06-15T15:06:40.000+0000",
        "CodeSha256": b64encode(hashlib.sha256(package).digest()).decode(),
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": created["RevisionId"],
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "RuntimeVersionConfig": created["RuntimeVersionConfig"],
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/orders"},
    }
    await world.settle()

    assert await status(world.context) == ("Active", "Successful")
    assert await invoke(world.context, event={"id": 7}) == {"id": 7}


async def test_everything_that_is_configured_comes_back(world: World) -> None:
    chosen: dict[str, Any] = {
        "Timeout": 900,
        "MemorySize": 10240,
        "Environment": {"Variables": {"TABLE": "orders"}},
        "EphemeralStorage": {"Size": 1024},
        "TracingConfig": {"Mode": "Active"},
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"},
        "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1",
        "Architectures": ["arm64"],
    }
    await create(
        world.context,
        **chosen,
        VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        LoggingConfig={"LogFormat": "JSON", "LogGroup": "mine"},
    )
    reply = await call(world.context, "GetFunctionConfiguration", FunctionName="orders")

    assert {member: reply[member] for member in chosen} == chosen
    assert reply["VpcConfig"]["SubnetIds"] == ["subnet-1"]
    assert reply["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO",
        "LogGroup": "mine",
    }


async def test_a_name_is_given_once(context: Context) -> None:
    await create(context)

    with pytest.raises(AwsError, match="Function already exist: orders") as refusal:
        await create(context)
    assert refusal.value.code == "ResourceConflictException"


async def test_get_function_says_where_the_code_is(world: World) -> None:
    package = zipped(ECHO)
    await create(world.context, Code={"ZipFile": package}, Tags={"team": "red"})
    reply = await call(world.context, "GetFunction", FunctionName="orders")

    assert reply["Tags"] == {"team": "red"}
    assert reply["Code"]["RepositoryType"] == "S3"
    path = reply["Code"]["Location"].removeprefix(world.platform.settings.endpoint_url)
    request = HttpRequest("GET", path, "", {})
    page = await OwnPages(world.platform, {}).answer(request, path.removeprefix(OWN), "1")
    assert not isinstance(page.body, bytes)
    assert b"".join([piece async for piece in page.body]) == package


async def test_code_that_no_function_has_is_not_given_out(world: World) -> None:
    blob = await world.platform.blobs.area("lambda").put(b"somebody else's")
    path = f"/_lambent/lambda/code/{blob.id}"
    request = HttpRequest("GET", path, "", {})
    page = await OwnPages(world.platform, {}).answer(request, path.removeprefix(OWN), "1")

    assert page.status == 404


async def test_a_missing_function_is_named_by_its_arn(context: Context) -> None:
    for operation in ("GetFunction", "GetFunctionConfiguration", "DeleteFunction", "Invoke"):
        assert await refused(context, operation, FunctionName="gone") == (
            "ResourceNotFoundException",
            f"Function not found: {ARN}gone",
        )
    assert await refused(context, "GetFunction", FunctionName="gone", Qualifier="live") == (
        "ResourceNotFoundException",
        f"Function not found: {ARN}gone:live",
    )


async def test_a_role_must_let_lambda_assume_it(context: Context) -> None:
    expected = (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )
    params = {
        "FunctionName": "orders",
        "Runtime": "python3.11",
        "Handler": "main.handler",
        "Code": {"ZipFile": zipped(ECHO)},
    }
    missing = "arn:aws:iam::000000000000:role/missing"
    assert await refused(context, "CreateFunction", Role=missing, **params) == expected

    trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal":'
    trust += ' {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
    other = await make_role(context, "other", trust)
    assert await refused(context, "CreateFunction", Role=other, **params) == expected

    foreign = "arn:aws:iam::111111111111:role/function"
    assert await refused(context, "CreateFunction", Role=foreign, **params) == (
        "AccessDeniedException",
        "Cross-account pass role is not allowed.",
    )


def _bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(262_144_001))
    return file.getvalue()


def _empty() -> bytes:
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    return file.getvalue()


@pytest.mark.parametrize(
    ("package", "words"),
    [
        (b"no zip", "Could not unzip uploaded file. Please check your file, then try to upload"),
        (_empty(), "Uploaded file must be a non-empty zip"),
        (_bomb(), "Unzipped size must be smaller than 262144000 bytes"),
    ],
)
async def test_a_package_that_cannot_be_one_is_refused_at_once(
    context: Context, package: bytes, words: str
) -> None:
    await make_role(context)
    code, message = await refused(
        context,
        "CreateFunction",
        FunctionName="orders",
        Runtime="python3.11",
        Role=ROLE,
        Handler="main.handler",
        Code={"ZipFile": package},
    )

    assert code == "InvalidParameterValueException"
    assert message.startswith(words)
    assert (await call(context, "ListFunctions"))["Functions"] == []


async def test_code_can_come_from_a_bucket(world: World) -> None:
    context = world.context
    await context.call("s3", "CreateBucket", {"Bucket": "code"})
    await context.call(
        "s3", "PutObject", {"Bucket": "code", "Key": "orders.zip", "Body": zipped(ECHO)}
    )
    await create(context, Code={"S3Bucket": "code", "S3Key": "orders.zip"})
    await world.settle()

    assert await invoke(context, event=[1]) == [1]


async def test_code_that_is_not_in_the_bucket_is_told_in_s3s_words(context: Context) -> None:
    await context.call("s3", "CreateBucket", {"Bucket": "code"})
    await make_role(context)
    code, message = await refused(
        context,
        "CreateFunction",
        FunctionName="orders",
        Runtime="python3.11",
        Role=ROLE,
        Handler="main.handler",
        Code={"S3Bucket": "code", "S3Key": "gone.zip"},
    )

    assert code == "InvalidParameterValueException"
    assert "S3 Error Code: NoSuchKey." in message


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"Timeout": 901}, "Value '901' at 'timeout' failed to satisfy constraint"),
        ({"MemorySize": 10_241}, "Value '10241' at 'memorySize' failed to satisfy constraint"),
        ({"Runtime": "python3.6"}, "The runtime parameter of python3.6 is no longer supported"),
        ({"Runtime": None}, "Runtime and Handler are mandatory parameters"),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x"}}},
            "Reserved keys used in this request: AWS_REGION",
        ),
        ({"Environment": {"Variables": {"BIG": "x" * 4097}}}, "exceeded the 4KB limit"),
        ({"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]}, "l:1 does not exist."),
        ({"PackageType": "Image", "Code": {"ImageUri": "x"}}, "not support functions from cont"),
        ({"FunctionName": "x" * 65}, "Member must have length less than or equal to 64"),
        ({"Tags": {f"t{n}": "" for n in range(51)}}, "Number of tags exceeds resource tag limit."),
    ],
)
async def test_what_is_out_of_bounds_is_refused(
    context: Context, params: dict[str, Any], words: str
) -> None:
    with pytest.raises(AwsError, match=re.escape(words)):
        await create(context, **params)

    assert (await call(context, "ListFunctions"))["Functions"] == []


async def test_functions_are_listed_fifty_a_page(context: Context) -> None:
    names = sorted(f"function-{number}" for number in range(51))
    for name in names:
        await create(context, name)

    first = await call(context, "ListFunctions")
    second = await call(context, "ListFunctions", Marker=first["NextMarker"])

    assert [one["FunctionName"] for one in first["Functions"]] == names[:50]
    assert [one["FunctionName"] for one in second["Functions"]] == names[50:]
    assert "NextMarker" not in second
    few = await call(context, "ListFunctions", MaxItems=2)
    assert len(few["Functions"]) == 2
    assert await refused(context, "ListFunctions", Marker="nonsense") == (
        "InvalidParameterValueException",
        "Invalid Marker",
    )


async def test_every_version_is_listed_when_all_are_asked_for(context: Context) -> None:
    await create(context, "one", Publish=True)
    await create(context, "two")
    reply = await call(context, "ListFunctions", FunctionVersion="ALL")

    assert [one["FunctionArn"] for one in reply["Functions"]] == [
        f"{ARN}one:$LATEST",
        f"{ARN}one:1",
        f"{ARN}two:$LATEST",
    ]


async def test_accounts_and_regions_do_not_see_each_other(world: World) -> None:
    await create(world.context)
    elsewhere = world.context.at("000000000000", "eu-west-1")

    assert (await call(elsewhere, "ListFunctions"))["Functions"] == []
    other = world.app.context("111111111111")
    assert (await call(other, "ListFunctions"))["Functions"] == []


async def test_a_deleted_function_is_gone_and_its_name_free(world: World) -> None:
    await create(world.context)
    await world.settle()
    await invoke(world.context)

    await call(world.context, "DeleteFunction", FunctionName="orders")

    assert (await refused(world.context, "Invoke", FunctionName="orders"))[0] == (
        "ResourceNotFoundException"
    )
    await create(world.context, Code={"ZipFile": zipped("def handler(e, c):\n    return 2\n")})
    await world.settle()
    assert await invoke(world.context) == 2


async def test_tags_are_put_and_taken(context: Context) -> None:
    await create(context, Tags={"team": "red"})
    arn = f"{ARN}orders"
    await call(context, "TagResource", Resource=arn, Tags={"critical": "yes"})
    await call(context, "UntagResource", Resource=arn, TagKeys=["team"])

    assert await call(context, "ListTags", Resource=arn) == {"Tags": {"critical": "yes"}}
    assert await refused(context, "ListTags", Resource=f"{arn}:1") == (
        "InvalidParameterValueException",
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    )


async def test_no_function_has_a_code_signing_config(context: Context) -> None:
    await create(context)
    assert await call(context, "GetFunctionCodeSigningConfig", FunctionName="orders") == {
        "CodeSigningConfigArn": "",
        "FunctionName": "orders",
    }
