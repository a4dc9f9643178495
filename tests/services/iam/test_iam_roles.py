"""Roles, what hangs on them, and what AWS says when something is wrong."""

import json
from typing import Any
from urllib.parse import unquote

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
)
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("iam", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await context.call("iam", operation, params)
    return refusal.value.code, refusal.value.message


async def a_role(context: Context, name: str = "worker", **more: Any) -> Any:
    reply = await call(context, "CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST, **more)
    return reply["Role"]


async def test_a_created_role_is_read_back(context: Context) -> None:
    made = await a_role(
        context,
        Path="/service/",
        Description="works",
        MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "a"}],
    )
    role = (await call(context, "GetRole", RoleName="worker"))["Role"]

    assert role["Arn"] == "arn:aws:iam::000000000000:role/service/worker"
    assert role["RoleId"].startswith("AROA")
    assert len(role["RoleId"]) == 21
    assert unquote(role["AssumeRolePolicyDocument"]) == TRUST
    assert role["AssumeRolePolicyDocument"].startswith("%7B%22Version%22")
    assert {**made, "RoleLastUsed": {}} == role


async def test_a_missing_role_is_named(context: Context) -> None:
    assert await refused(context, "GetRole", RoleName="nobody") == (
        "NoSuchEntity",
        "The role with name nobody cannot be found.",
    )


async def test_two_roles_cannot_differ_in_case_only(context: Context) -> None:
    await a_role(context)

    assert await refused(
        context, "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=TRUST
    ) == ("EntityAlreadyExists", "Role with name Worker already exists.")


async def test_roles_are_listed_in_pages(context: Context) -> None:
    for number in range(5):
        await a_role(context, f"role{number}", Path="/a/" if number % 2 else "/b/")

    first = await call(context, "ListRoles", MaxItems=3)
    second = await call(context, "ListRoles", MaxItems=3, Marker=first["Marker"])
    under = await call(context, "ListRoles", PathPrefix="/a/")

    assert [role["RoleName"] for role in first["Roles"]] == ["role0", "role1", "role2"]
    assert first["IsTruncated"]
    assert [role["RoleName"] for role in second["Roles"]] == ["role3", "role4"]
    assert not second["IsTruncated"]
    assert [role["RoleName"] for role in under["Roles"]] == ["role1", "role3"]


async def test_a_role_goes_only_when_nothing_hangs_on_it(context: Context) -> None:
    await a_role(context)
    await call(context, "PutRolePolicy", RoleName="worker", PolicyName="p", PolicyDocument=POLICY)
    await call(context, "AttachRolePolicy", RoleName="worker", PolicyArn=BASIC)

    assert (await refused(context, "DeleteRole", RoleName="worker"))[1] == (
        "Cannot delete entity, must detach all policies first."
    )
    await call(context, "DetachRolePolicy", RoleName="worker", PolicyArn=BASIC)
    assert await refused(context, "DeleteRole", RoleName="worker") == (
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
    )
    await call(context, "DeleteRolePolicy", RoleName="worker", PolicyName="p")
    await call(context, "DeleteRole", RoleName="worker")
    assert (await call(context, "ListRoles"))["Roles"] == []


async def test_a_role_in_an_instance_profile_stays(context: Context) -> None:
    await a_role(context)
    await call(context, "CreateInstanceProfile", InstanceProfileName="profile")
    await call(
        context, "AddRoleToInstanceProfile", InstanceProfileName="profile", RoleName="worker"
    )

    assert (await refused(context, "DeleteRole", RoleName="worker"))[1] == (
        "Cannot delete entity, must remove roles from instance profile first."
    )
    profiles = await call(context, "ListInstanceProfilesForRole", RoleName="worker")
    assert profiles["InstanceProfiles"][0]["Roles"][0]["RoleName"] == "worker"


async def test_inline_policies_are_kept_as_they_were_given(context: Context) -> None:
    await a_role(context)
    await call(context, "PutRolePolicy", RoleName="worker", PolicyName="p", PolicyDocument=POLICY)

    policy = await call(context, "GetRolePolicy", RoleName="worker", PolicyName="p")
    names = await call(context, "ListRolePolicies", RoleName="worker")

    assert unquote(policy["PolicyDocument"]) == POLICY
    assert names["PolicyNames"] == ["p"]
    assert await refused(context, "GetRolePolicy", RoleName="worker", PolicyName="q") == (
        "NoSuchEntity",
        "The role policy with name q cannot be found.",
    )


async def test_what_a_role_may_change_is_changed(context: Context) -> None:
    await a_role(context, Description="before")
    other = TRUST.replace("lambda", "states")
    await call(context, "UpdateRole", RoleName="worker", MaxSessionDuration=4000)
    await call(context, "UpdateAssumeRolePolicy", RoleName="worker", PolicyDocument=other)
    await call(context, "TagRole", RoleName="worker", Tags=[{"Key": "a", "Value": "1"}])

    role = (await call(context, "GetRole", RoleName="worker"))["Role"]

    assert role["Description"] == "before"
    assert role["MaxSessionDuration"] == 4000
    assert unquote(role["AssumeRolePolicyDocument"]) == other
    assert role["Tags"] == [{"Key": "a", "Value": "1"}]
    await call(context, "UntagRole", RoleName="worker", TagKeys=["a"])
    assert (await call(context, "ListRoleTags", RoleName="worker"))["Tags"] == []


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "This policy contains invalid Json"),
        ("[]", "Syntax errors in policy."),
        ('{"Version": "2012-10-17"}', "Syntax errors in policy."),
        (
            '{"Version": "2020-01-01", "Statement": []}',
            "The policy must contain a valid version string.",
        ),
        (
            '{"Statement": {"Effect": "Allow", "Action": "s3:*"}}',
            "Policy statement must contain resources.",
        ),
        (
            '{"Statement": {"Effect": "Allow", "Resource": "*"}}',
            "Policy statement must contain actions.",
        ),
        (
            '{"Statement": {"Effect": "Allow", "Action": "read", "Resource": "*"}}',
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "bucket"}}',
            'Resource bucket must be in ARN format or "*".',
        ),
        (
            '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",'
            ' "Principal": "*"}}',
            "Policy document should not specify a principal.",
        ),
    ],
)
async def test_a_policy_that_is_none_is_refused(
    context: Context, document: str, message: str
) -> None:
    await a_role(context)

    assert await refused(
        context, "PutRolePolicy", RoleName="worker", PolicyName="p", PolicyDocument=document
    ) == ("MalformedPolicyDocument", message)


async def test_a_trust_policy_speaks_of_assuming_roles_only(context: Context) -> None:
    wrong = TRUST.replace("sts:AssumeRole", "s3:GetObject")

    assert await refused(context, "CreateRole", RoleName="r", AssumeRolePolicyDocument=wrong) == (
        "MalformedPolicyDocument",
        "AssumeRole policy may only specify STS AssumeRole actions.",
    )


async def test_accounts_do_not_see_each_others_roles(context: Context) -> None:
    await a_role(context)
    other = context.at("111111111111", "us-east-1")

    assert (await other.call("iam", "ListRoles", {}))["Roles"] == []


async def test_a_service_linked_role_trusts_its_service(context: Context) -> None:
    reply = await call(context, "CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com")

    assert reply["Role"]["Arn"] == (
        "arn:aws:iam::000000000000:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    )
    task = await call(context, "DeleteServiceLinkedRole", RoleName="AWSServiceRoleForECS")
    status = await call(context, "GetServiceLinkedRoleDeletionStatus", **task)
    assert status["Status"] == "SUCCEEDED"
