"""STS as boto3 sees it: a role's keys are the role."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::616161616161:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
ACCOUNT = "616161616161"


def test_a_sessions_keys_are_the_roles_session(server: ServerProcess) -> None:
    iam = server.client("iam", account=ACCOUNT)
    role = iam.create_role(RoleName="assumed", AssumeRolePolicyDocument=TRUST)["Role"]
    sts = server.client("sts", account=ACCOUNT)
    reply = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="run", DurationSeconds=900)
    keys = reply["Credentials"]
    as_role = server.client("sts", account=keys["AccessKeyId"])
    identity = as_role.get_caller_identity()

    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/assumed/run"
    assert identity["Account"] == ACCOUNT
    assert identity["UserId"] == f"{role['RoleId']}:run"
    assert keys["Expiration"].tzinfo is not None


def test_a_role_that_is_not_there_may_not_be_assumed(server: ServerProcess) -> None:
    sts = server.client("sts", account=ACCOUNT)
    with pytest.raises(ClientError) as refusal:
        sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody", RoleSessionName="run")

    assert refusal.value.response["Error"]["Code"] == "AccessDenied"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_session_name_that_is_none_is_refused(server: ServerProcess) -> None:
    sts = server.client("sts", account=ACCOUNT)
    with pytest.raises(ClientError) as refusal:
        sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody", RoleSessionName="a b")

    assert refusal.value.response["Error"]["Code"] == "ValidationError"
    assert "roleSessionName" in refusal.value.response["Error"]["Message"]
