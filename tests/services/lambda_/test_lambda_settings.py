"""Code signing, runtime management, recursion and resource policies, as the API has them."""

import orjson

from tests.conftest import World
from tests.services.lambda_.functions import ARN, answering, call, create, refused

PROFILE = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/ours/abc123"


async def make_config(world: World, policy: str) -> str:
    reply = await call(
        world.context,
        "CreateCodeSigningConfig",
        AllowedPublishers={"SigningProfileVersionArns": [PROFILE]},
        CodeSigningPolicies={"UntrustedArtifactOnDeployment": policy},
    )
    arn: str = reply["CodeSigningConfig"]["CodeSigningConfigArn"]
    return arn


async def test_a_configuration_that_enforces_refuses_unsigned_code(world: World) -> None:
    context = world.context
    warns, enforces = await make_config(world, "Warn"), await make_config(world, "Enforce")
    await create(context, CodeSigningConfigArn=warns)
    await world.settle()
    assert (await call(context, "GetFunctionCodeSigningConfig", FunctionName="orders"))[
        "CodeSigningConfigArn"
    ] == warns
    await call(
        context,
        "PutFunctionCodeSigningConfig",
        FunctionName="orders",
        CodeSigningConfigArn=enforces,
    )
    code, words = await refused(
        context, "UpdateFunctionCode", FunctionName="orders", ZipFile=answering(1)
    )
    assert code == "CodeVerificationFailedException"
    assert "Lambda blocks the deployment" in words

    listed = await call(context, "ListFunctionsByCodeSigningConfig", CodeSigningConfigArn=enforces)
    assert listed["FunctionArns"] == [f"{ARN}orders"]
    assert (await refused(context, "DeleteCodeSigningConfig", CodeSigningConfigArn=enforces))[
        0
    ] == "ResourceConflictException"
    await call(context, "DeleteFunctionCodeSigningConfig", FunctionName="orders")
    await call(context, "UpdateFunctionCode", FunctionName="orders", ZipFile=answering(1))
    await call(context, "DeleteCodeSigningConfig", CodeSigningConfigArn=enforces)
    assert (await refused(context, "GetCodeSigningConfig", CodeSigningConfigArn=enforces))[0] == (
        "ResourceNotFoundException"
    )
    (left,) = (await call(context, "ListCodeSigningConfigs"))["CodeSigningConfigs"]
    assert left["CodeSigningConfigArn"] == warns


async def test_the_updates_of_a_runtime_are_kept_as_chosen(world: World) -> None:
    context = world.context
    await create(context)
    chosen = {"FunctionName": "orders"}
    assert await call(context, "GetRuntimeManagementConfig", **chosen) == {
        "UpdateRuntimeOn": "Auto",
        "FunctionArn": f"{ARN}orders:$LATEST",
    }
    put = await call(
        context, "PutRuntimeManagementConfig", **chosen, UpdateRuntimeOn="FunctionUpdate"
    )
    assert put["RuntimeVersionArn"].startswith("arn:aws:lambda:us-east-1::runtime:")
    assert put == await call(context, "GetRuntimeManagementConfig", **chosen)
    assert (
        await refused(context, "PutRuntimeManagementConfig", **chosen, UpdateRuntimeOn="Manual")
    )[0] == "InvalidParameterValueException"


async def test_a_resource_policy_is_put_read_and_deleted_whole(world: World) -> None:
    context = world.context
    await create(context)
    await call(
        context,
        "AddPermission",
        FunctionName="orders",
        StatementId="old",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
    )
    statement = {
        "Sid": "new",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"{ARN}orders",
    }
    policy = orjson.dumps({"Version": "2012-10-17", "Statement": [statement]}).decode()
    arn = {"ResourceArn": f"{ARN}orders"}
    put = await call(context, "PutResourcePolicy", **arn, Policy=policy)
    seen = await call(context, "GetPolicy", FunctionName="orders")
    assert orjson.loads(seen["Policy"])["Statement"] == [statement]
    assert put == await call(context, "GetResourcePolicy", **arn)
    assert (await refused(context, "PutResourcePolicy", **arn, Policy="no policy"))[0] == (
        "InvalidParameterValueException"
    )
    await call(context, "DeleteResourcePolicy", **arn, RevisionId=put["RevisionId"])
    assert (await refused(context, "GetResourcePolicy", **arn))[0] == "ResourceNotFoundException"
