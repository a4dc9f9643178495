"""Managed policies: the account's own with their versions, and AWS's."""

import json
from typing import Any
from urllib.parse import unquote

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.iam import aws_managed, policy_documents

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}],
    }
)
TRUST = json.dumps(
    {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "000000000000"},
            "Action": "sts:AssumeRole",
        }
    }
)
ARN = "arn:aws:iam::000000000000:policy/queues"


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("iam", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await context.call("iam", operation, params)
    return refusal.value.code, refusal.value.message


async def test_a_policy_is_attached_and_counted(context: Context) -> None:
    await call(context, "CreatePolicy", PolicyName="queues", PolicyDocument=POLICY)
    await call(context, "CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
    await call(context, "CreateUser", UserName="u")
    await call(context, "AttachRolePolicy", RoleName="r", PolicyArn=ARN)
    await call(context, "AttachUserPolicy", UserName="u", PolicyArn=ARN)

    policy = (await call(context, "GetPolicy", PolicyArn=ARN))["Policy"]
    entities = await call(context, "ListEntitiesForPolicy", PolicyArn=ARN)
    attached = await call(context, "ListAttachedRolePolicies", RoleName="r")

    assert policy["AttachmentCount"] == 2
    assert [role["RoleName"] for role in entities["PolicyRoles"]] == ["r"]
    assert [user["UserName"] for user in entities["PolicyUsers"]] == ["u"]
    assert attached["AttachedPolicies"] == [{"PolicyName": "queues", "PolicyArn": ARN}]
    assert await refused(context, "DeletePolicy", PolicyArn=ARN) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )


async def test_a_name_is_taken_once(context: Context) -> None:
    await call(context, "CreatePolicy", PolicyName="queues", PolicyDocument=POLICY)

    assert await refused(context, "CreatePolicy", PolicyName="queues", PolicyDocument=POLICY) == (
        "EntityAlreadyExists",
        "A policy called queues already exists. Duplicate names are not allowed.",
    )


async def test_a_policy_has_at_most_five_versions(context: Context) -> None:
    await call(context, "CreatePolicy", PolicyName="queues", PolicyDocument=POLICY)
    for _ in range(4):
        await call(
            context,
            "CreatePolicyVersion",
            PolicyArn=ARN,
            PolicyDocument=POLICY.replace("sqs", "sns"),
            SetAsDefault=True,
        )

    code, _ = await refused(context, "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=POLICY)
    version = await call(context, "GetPolicyVersion", PolicyArn=ARN, VersionId="v5")
    versions = await call(context, "ListPolicyVersions", PolicyArn=ARN)

    assert code == "LimitExceeded"
    assert version["PolicyVersion"]["IsDefaultVersion"]
    assert "sns" in unquote(version["PolicyVersion"]["Document"])
    assert [one["VersionId"] for one in versions["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]
    assert (await refused(context, "DeletePolicyVersion", PolicyArn=ARN, VersionId="v5"))[0] == (
        "DeleteConflict"
    )
    await call(context, "DeletePolicyVersion", PolicyArn=ARN, VersionId="v1")
    assert (await refused(context, "GetPolicyVersion", PolicyArn=ARN, VersionId="v1"))[0] == (
        "NoSuchEntity"
    )


async def test_a_policy_that_is_not_there_cannot_be_attached(context: Context) -> None:
    await call(context, "CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)

    assert await refused(context, "AttachRolePolicy", RoleName="r", PolicyArn=ARN) == (
        "NoSuchEntity",
        f"Policy {ARN} does not exist or is not attachable.",
    )
    assert await refused(context, "DetachRolePolicy", RoleName="r", PolicyArn=ARN) == (
        "NoSuchEntity",
        f"Policy {ARN} was not found.",
    )


@pytest.mark.parametrize("arn", aws_managed.POLICIES)
def test_every_policy_of_aws_would_be_let_in(arn: str) -> None:
    policy_documents.check_permissions(aws_managed.POLICIES[arn].version.document)


async def test_policies_of_aws_are_listed_and_cannot_be_changed(context: Context) -> None:
    listed = await call(context, "ListPolicies", Scope="AWS", MaxItems=1000)
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"

    assert arn in {policy["Arn"] for policy in listed["Policies"]}
    assert (await refused(context, "DeletePolicy", PolicyArn=arn))[0] == "UnmodifiableEntity"


async def test_a_user_in_a_group_has_keys(context: Context) -> None:
    await call(context, "CreateUser", UserName="u")
    await call(context, "CreateGroup", GroupName="g")
    await call(context, "AddUserToGroup", GroupName="g", UserName="u")
    key = (await call(context, "CreateAccessKey", UserName="u"))["AccessKey"]

    listed = await call(context, "ListAccessKeys", UserName="u")
    group = await call(context, "GetGroup", GroupName="g")

    assert listed["AccessKeyMetadata"][0]["AccessKeyId"] == key["AccessKeyId"]
    assert "SecretAccessKey" not in listed["AccessKeyMetadata"][0]
    assert [user["UserName"] for user in group["Users"]] == ["u"]
    assert (await refused(context, "DeleteUser", UserName="u"))[1] == (
        "Cannot delete entity, must delete access keys first."
    )
    await call(context, "DeleteAccessKey", UserName="u", AccessKeyId=key["AccessKeyId"])
    assert (await refused(context, "DeleteUser", UserName="u"))[0] == "DeleteConflict"
    await call(context, "RemoveUserFromGroup", GroupName="g", UserName="u")
    await call(context, "DeleteUser", UserName="u")
