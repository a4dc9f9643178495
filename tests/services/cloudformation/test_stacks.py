"""Stacks of roles and schedules: created, updated, rolled back, deleted."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.cloudformation.stacks import (
    ROLE,
    create,
    delete,
    events,
    outputs,
    resources,
    status,
    update,
)
from tests.trust import TRUST


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources}


async def test_a_stack_makes_its_resources_and_tells_of_them(world: World) -> None:
    wanted = {
        **template(Role=ROLE),
        "Outputs": {
            "RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}, "Export": {"Name": "the-role"}},
            "RoleName": {"Value": {"Ref": "Role"}, "Description": "its name"},
        },
    }

    stack_id = await create(world, "shop", wanted)

    assert await status(world, "shop") == "CREATE_COMPLETE"
    found = await outputs(world, "shop")
    name = found["RoleName"]
    assert name.startswith("shop-Role-") and len(name) == len("shop-Role-") + 12
    reply = await world.context.call("iam", "GetRole", {"RoleName": name})
    assert reply["Role"]["Arn"] == found["RoleArn"]
    assert await events(world, stack_id) == [
        ("shop", "CREATE_IN_PROGRESS"),
        ("Role", "CREATE_IN_PROGRESS"),
        ("Role", "CREATE_IN_PROGRESS"),
        ("Role", "CREATE_COMPLETE"),
        ("shop", "CREATE_COMPLETE"),
    ]
    exports = await world.context.call("cloudformation", "ListExports", {})
    assert [(one["Name"], one["Value"]) for one in exports["Exports"]] == [
        ("the-role", found["RoleArn"])
    ]


async def test_a_failed_creation_leaves_nothing_behind(world: World) -> None:
    taken = {**ROLE, "Properties": {**ROLE["Properties"], "RoleName": "taken"}}
    await create(world, "first", template(Role=taken))

    stack_id = await create(
        world, "second", template(Other=ROLE, Role={**taken, "DependsOn": "Other"})
    )

    assert await status(world, "second") == "ROLLBACK_COMPLETE"
    roles = await world.context.call("iam", "ListRoles", {})
    assert [role["RoleName"] for role in roles["Roles"]] == ["taken"]
    told = await events(world, stack_id)
    assert ("Role", "CREATE_FAILED") in told
    assert told[-3:] == [
        ("Other", "DELETE_IN_PROGRESS"),
        ("Other", "DELETE_COMPLETE"),
        ("second", "ROLLBACK_COMPLETE"),
    ]
    reply = await world.context.call(
        "cloudformation", "DescribeStackEvents", {"StackName": stack_id}
    )
    [why] = [e for e in reply["StackEvents"] if e["ResourceStatus"] == "CREATE_FAILED"]
    assert "AlreadyExists" in why["ResourceStatusReason"]


async def test_a_failed_creation_may_be_kept(world: World) -> None:
    broken = {"Type": "AWS::IAM::Role", "Properties": {}}

    await create(world, "kept", template(Good=ROLE, Bad=broken), DisableRollback=True)

    assert await status(world, "kept") == "CREATE_FAILED"
    assert (await resources(world, "kept"))["Good"]["ResourceStatus"] == "CREATE_COMPLETE"


async def test_an_update_changes_in_place_replaces_adds_and_removes(world: World) -> None:
    def wanted(path: str, seconds: int, extra: str) -> dict[str, Any]:
        own = {"Path": path, "AssumeRolePolicyDocument": TRUST}
        return template(
            Moved={"Type": "AWS::IAM::Role", "Properties": own},
            Same={
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": TRUST,
                    "MaxSessionDuration": seconds,
                    "Description": {"Fn::GetAtt": ["Moved", "Arn"]},
                },
            },
            **{extra: ROLE},
        )

    await create(world, "shop", wanted("/a/", 3600, "Old"))
    before = await resources(world, "shop")

    stack_id = await update(world, "shop", wanted("/b/", 7200, "New"))

    assert await status(world, "shop") == "UPDATE_COMPLETE"
    after = await resources(world, "shop")
    assert set(after) == {"Moved", "Same", "New"}
    ids = {name: row["PhysicalResourceId"] for name, row in after.items()}
    assert ids["Same"] == before["Same"]["PhysicalResourceId"]
    assert ids["Moved"] != before["Moved"]["PhysicalResourceId"]
    roles = (await world.context.call("iam", "ListRoles", {}))["Roles"]
    assert {role["RoleName"] for role in roles} == set(ids.values())
    reply = await world.context.call("iam", "GetRole", {"RoleName": ids["Same"]})
    assert reply["Role"]["MaxSessionDuration"] == 7200
    assert "/b/" in reply["Role"]["Description"]
    told = await events(world, stack_id)
    assert [one for one in told if one[0] == "shop"][2:] == [
        ("shop", "UPDATE_IN_PROGRESS"),
        ("shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("shop", "UPDATE_COMPLETE"),
    ]


async def test_a_failed_update_goes_back_to_what_was(world: World) -> None:
    def wanted(seconds: int, path: str, *, broken: bool) -> dict[str, Any]:
        more = {
            "New": ROLE,
            "Bad": {
                "Type": "AWS::IAM::Role",
                "DependsOn": ["Changed", "Moved", "New"],
                "Properties": {"AssumeRolePolicyDocument": TRUST, "MaxSessionDuration": 1},
            },
        }
        return template(
            Changed={
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": TRUST, "MaxSessionDuration": seconds},
            },
            Moved={
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": TRUST, "Path": path},
            },
            **(more if broken else {}),
        )

    await create(world, "shop", wanted(3600, "/a/", broken=False))
    before = {
        name: row["PhysicalResourceId"] for name, row in (await resources(world, "shop")).items()
    }

    await update(world, "shop", wanted(7200, "/b/", broken=True))

    assert await status(world, "shop") == "UPDATE_ROLLBACK_COMPLETE"
    rows = await resources(world, "shop")
    assert {name: row["PhysicalResourceId"] for name, row in rows.items()} == before
    roles = (await world.context.call("iam", "ListRoles", {}))["Roles"]
    assert {role["RoleName"] for role in roles} == set(before.values())
    reply = await world.context.call("iam", "GetRole", {"RoleName": before["Changed"]})
    assert reply["Role"]["MaxSessionDuration"] == 3600

    await update(world, "shop", wanted(7200, "/b/", broken=False))
    assert await status(world, "shop") == "UPDATE_COMPLETE"


async def test_an_update_without_a_change_is_refused(world: World) -> None:
    await create(world, "shop", template(Role=ROLE))

    with pytest.raises(AwsError) as raised:
        await update(world, "shop", template(Role=ROLE))

    assert (raised.value.code, raised.value.message) == (
        "ValidationError",
        "No updates are to be performed.",
    )


async def test_a_deleted_stack_is_known_by_its_id_alone(world: World) -> None:
    stack_id = await create(world, "shop", template(Role=ROLE))

    await delete(world, "shop")

    assert await status(world, stack_id) == "DELETE_COMPLETE"
    assert (await world.context.call("iam", "ListRoles", {}))["Roles"] == []
    with pytest.raises(AwsError, match="Stack with id shop does not exist"):
        await status(world, "shop")
    again = await create(world, "shop", template(Role=ROLE))
    assert again != stack_id
    assert await status(world, "shop") == "CREATE_COMPLETE"


async def test_what_is_to_be_retained_stays(world: World) -> None:
    await create(world, "shop", template(Role={**ROLE, "DeletionPolicy": "Retain"}))

    await delete(world, "shop")

    assert len((await world.context.call("iam", "ListRoles", {}))["Roles"]) == 1


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (
            template(X={"Type": "AWS::Moon::Base"}),
            "ValidationError",
            "Unrecognized resource types: [AWS::Moon::Base]",
        ),
        (
            template(A={**ROLE, "DependsOn": "B"}, B={**ROLE, "DependsOn": "A"}),
            "ValidationError",
            "Circular dependency between resources: [A, B]",
        ),
        (
            {"Parameters": {"P": {"Type": "String"}}, **template(R=ROLE)},
            "ValidationError",
            "Parameters: [P] must have values",
        ),
        (
            template(R={**ROLE, "DependsOn": "Nobody"}),
            "ValidationError",
            "Unresolved resource dependencies [Nobody]",
        ),
        (
            {"Transform": "Mine", **template(R=ROLE)},
            "ValidationError",
            "No transform named Mine found.",
        ),
    ],
)
async def test_a_template_that_cannot_be_leaves_no_stack(
    world: World, body: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(AwsError) as raised:
        await create(world, "shop", body)

    assert raised.value.code == code
    assert words in raised.value.message
    assert (await world.context.call("cloudformation", "DescribeStacks", {}))["Stacks"] == []


async def test_iam_needs_a_capability(context: Context) -> None:
    with pytest.raises(AwsError) as raised:
        await context.call(
            "cloudformation",
            "CreateStack",
            {"StackName": "shop", "TemplateBody": json.dumps(template(Role=ROLE))},
        )

    assert (raised.value.code, raised.value.message) == (
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_IAM]",
    )


async def test_a_stack_name_is_taken_once(world: World) -> None:
    await create(world, "shop", template(Role=ROLE), ClientRequestToken="one")

    again = await create(world, "shop", template(Role=ROLE), ClientRequestToken="one")
    assert (
        again
        == (await world.context.call("cloudformation", "DescribeStacks", {}))["Stacks"][0][
            "StackId"
        ]
    )
    with pytest.raises(AwsError) as raised:
        await create(world, "shop", template(Role=ROLE))

    assert raised.value.code == "AlreadyExistsException"


async def test_an_export_in_use_cannot_go(world: World) -> None:
    exporting = {
        **template(Role=ROLE),
        "Outputs": {"Arn": {"Value": {"Ref": "Role"}, "Export": {"Name": "role"}}},
    }
    importing = template(
        Role={
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": TRUST,
                "Description": {"Fn::ImportValue": "role"},
            },
        }
    )
    await create(world, "base", exporting)
    await create(world, "above", importing)

    assert await status(world, "above") == "CREATE_COMPLETE"
    imports = await world.context.call("cloudformation", "ListImports", {"ExportName": "role"})
    assert imports["Imports"] == ["above"]
    with pytest.raises(AwsError, match="Export role cannot be deleted as it is in use by above"):
        await delete(world, "base")
    with pytest.raises(AwsError, match="Export role cannot be updated as it is in use by above"):
        await update(world, "base", template(Role=ROLE))


async def test_a_protected_stack_is_not_deleted(world: World) -> None:
    await create(world, "shop", template(Role=ROLE), EnableTerminationProtection=True)

    with pytest.raises(AwsError, match="while TerminationProtection is enabled"):
        await delete(world, "shop")

    await world.context.call(
        "cloudformation",
        "UpdateTerminationProtection",
        {"StackName": "shop", "EnableTerminationProtection": False},
    )
    await delete(world, "shop")


async def test_a_stack_policy_forbids_an_update(world: World) -> None:
    policy = {
        "Statement": [
            {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": "Update:Modify",
                "Principal": "*",
                "Resource": "LogicalResourceId/Role",
            },
        ]
    }
    await create(world, "shop", template(Role=ROLE), StackPolicyBody=json.dumps(policy))
    changed = {**ROLE, "Properties": {**ROLE["Properties"], "Description": "new"}}

    stack_id = await update(world, "shop", template(Role=changed))

    assert await status(world, "shop") == "UPDATE_ROLLBACK_COMPLETE"
    reply = await world.context.call(
        "cloudformation", "DescribeStackEvents", {"StackName": stack_id}
    )
    reasons = [event.get("ResourceStatusReason", "") for event in reply["StackEvents"]]
    assert any("Action denied by stack policy: Statement [#2]" in reason for reason in reasons)


async def test_tags_of_the_stack_reach_its_resources(world: World) -> None:
    await create(world, "shop", template(Role=ROLE), Tags=[{"Key": "team", "Value": "blue"}])

    [role] = (await world.context.call("iam", "ListRoles", {}))["Roles"]
    reply = await world.context.call("iam", "ListRoleTags", {"RoleName": role["RoleName"]})
    assert reply["Tags"] == [{"Key": "team", "Value": "blue"}]

    await update(world, "shop", template(Role=ROLE), Tags=[{"Key": "team", "Value": "red"}])
    reply = await world.context.call("iam", "ListRoleTags", {"RoleName": role["RoleName"]})
    assert reply["Tags"] == [{"Key": "team", "Value": "red"}]


async def test_a_property_that_the_type_does_not_have_fails_its_resource(world: World) -> None:
    odd = {**ROLE, "Properties": {**ROLE["Properties"], "Colour": "red"}}

    stack_id = await create(world, "shop", template(Role=odd))

    reply = await world.context.call(
        "cloudformation", "DescribeStackEvents", {"StackName": stack_id}
    )
    reasons = [event.get("ResourceStatusReason", "") for event in reply["StackEvents"]]
    assert any("#: extraneous key [Colour] is not permitted" in reason for reason in reasons)
    assert await status(world, "shop") == "ROLLBACK_COMPLETE"


async def test_a_secret_parameter_is_shown_nowhere(world: World) -> None:
    wanted = {
        "Parameters": {"Secret": {"Type": "String", "NoEcho": True}},
        **template(
            Role={
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": TRUST,
                    "Description": {"Fn::Sub": "knows ${Secret}"},
                },
            }
        ),
    }
    given = [{"ParameterKey": "Secret", "ParameterValue": "hunter2"}]

    await create(world, "shop", wanted, Parameters=given)

    [role] = (await world.context.call("iam", "ListRoles", {}))["Roles"]
    assert role["Description"] == "knows hunter2"
    for operation in ("DescribeStacks", "DescribeStackEvents", "ListStackResources"):
        reply = await world.context.call("cloudformation", operation, {"StackName": "shop"})
        assert "hunter2" not in str(reply)
    assert "knows ****" in str(
        await world.context.call("cloudformation", "DescribeStackEvents", {"StackName": "shop"})
    )


async def test_a_managed_policy_can_be_changed_any_number_of_times(world: World) -> None:
    def wanted(action: str) -> dict[str, Any]:
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}],
        }
        return template(
            Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
        )

    await create(world, "shop", wanted("s3:Get0"))
    for number in range(1, 8):
        await update(world, "shop", wanted(f"s3:Get{number}"))
        assert await status(world, "shop") == "UPDATE_COMPLETE"

    arn = (await resources(world, "shop"))["Policy"]["PhysicalResourceId"]
    versions = await world.context.call("iam", "ListPolicyVersions", {"PolicyArn": arn})
    assert len(versions["Versions"]) == 1
    await delete(world, "shop")
