"""IAM as boto3 sees it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess
from tests.trust import TRUST

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "s3:Put*"], "Resource": "*"}],
}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.fixture
def iam(server: ServerProcess) -> Any:
    return server.client("iam", account="626262626262")


def test_policy_documents_come_back_as_objects(iam: Any) -> None:
    iam.create_role(
        RoleName="boto3-role",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Tags=[{"Key": "team", "Value": "ü a+b"}],
    )
    iam.put_role_policy(
        RoleName="boto3-role", PolicyName="inline", PolicyDocument=json.dumps(POLICY)
    )
    role = iam.get_role(RoleName="boto3-role")["Role"]

    assert role["AssumeRolePolicyDocument"] == TRUST
    assert role["Tags"] == [{"Key": "team", "Value": "ü a+b"}]
    inline = iam.get_role_policy(RoleName="boto3-role", PolicyName="inline")
    assert inline["PolicyDocument"] == POLICY
    managed = iam.get_policy(PolicyArn=BASIC)["Policy"]
    version = iam.get_policy_version(PolicyArn=BASIC, VersionId=managed["DefaultVersionId"])
    actions = version["PolicyVersion"]["Document"]["Statement"][0]["Action"]
    assert actions == ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]


def test_a_missing_role_is_the_models_exception(iam: Any) -> None:
    with pytest.raises(iam.exceptions.NoSuchEntityException) as refusal:
        iam.get_role(RoleName="nobody")

    response = refusal.value.response
    assert response["Error"]["Message"] == "The role with name nobody cannot be found."
    assert response["Error"]["Code"] == "NoSuchEntity"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_taken_name_and_a_wrong_document_have_their_codes(iam: Any) -> None:
    role = {"RoleName": "twice", "AssumeRolePolicyDocument": json.dumps(TRUST)}
    iam.create_role(**role)

    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(**role)
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.create_role(RoleName="wrong", AssumeRolePolicyDocument="{")
    iam.attach_role_policy(RoleName="twice", PolicyArn=BASIC)
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_role(RoleName="twice")


def test_roles_are_listed_through_the_paginator(server: ServerProcess) -> None:
    iam = server.client("iam", account="636363636363")
    names = [f"role{number:02}" for number in range(25)]
    for name in names:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), Path="/many/")
    pages = iam.get_paginator("list_roles").paginate(
        PathPrefix="/many/", PaginationConfig={"PageSize": 10}
    )

    assert [role["RoleName"] for page in pages for role in page["Roles"]] == names


def test_waiters_end(iam: Any) -> None:
    iam.create_role(RoleName="waited", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.get_waiter("role_exists").wait(RoleName="waited", WaiterConfig={"Delay": 0})
    arn = iam.create_policy(PolicyName="waited", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    iam.get_waiter("policy_exists").wait(PolicyArn=arn, WaiterConfig={"Delay": 0})


def test_a_name_with_wrong_characters_is_refused(iam: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        iam.create_role(RoleName="no spaces", AssumeRolePolicyDocument=json.dumps(TRUST))

    assert refusal.value.response["Error"]["Code"] == "ValidationError"


def test_a_users_key_is_the_user(server: ServerProcess, iam: Any) -> None:
    iam.create_user(UserName="somebody", Path="/people/")
    key = iam.create_access_key(UserName="somebody")["AccessKey"]
    sts = server.client("sts", account=key["AccessKeyId"])

    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::626262626262:user/people/somebody"
    own = server.client("iam", account=key["AccessKeyId"]).get_user()["User"]
    assert own["UserName"] == "somebody"
