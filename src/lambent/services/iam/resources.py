"""AWS::IAM::* for CloudFormation, as tables."""

from lambent.languages.templates.resource_types import Asked, Call, Part, ResourceType, Update

ROLE = ResourceType(
    name="AWS::IAM::Role",
    service="iam",
    named_by="RoleName",
    name_limit=64,
    required=("AssumeRolePolicyDocument",),
    create=Call(
        "CreateRole",
        {
            "RoleName": "@name",
            "Path": "Path",
            "AssumeRolePolicyDocument": "AssumeRolePolicyDocument",
            "Description": "Description",
            "MaxSessionDuration": "MaxSessionDuration",
            "PermissionsBoundary": "PermissionsBoundary",
            "Tags": "Tags",
        },
    ),
    read=Call("GetRole", {"RoleName": "@name"}),
    attributes={"Arn": "Role.Arn", "RoleId": "Role.RoleId"},
    updates=(
        Update(
            Call(
                "UpdateAssumeRolePolicy",
                {"RoleName": "@id", "PolicyDocument": "AssumeRolePolicyDocument"},
            )
        ),
        Update(
            Call(
                "UpdateRole",
                {
                    "RoleName": "@id",
                    "Description": "Description",
                    "MaxSessionDuration": "MaxSessionDuration",
                },
            )
        ),
    ),
    delete=Call("DeleteRole", {"RoleName": "@id"}),
    parts=(
        Part(
            "ManagedPolicyArns",
            each=True,
            undone=True,
            put=Call("AttachRolePolicy", {"RoleName": "@id", "PolicyArn": "@item"}),
            remove=Call("DetachRolePolicy", {"RoleName": "@id", "PolicyArn": "@item"}),
        ),
        Part(
            "Policies",
            each=True,
            key="PolicyName",
            undone=True,
            put=Call(
                "PutRolePolicy",
                {
                    "RoleName": "@id",
                    "PolicyName": "@item.PolicyName",
                    "PolicyDocument": "@item.PolicyDocument",
                },
            ),
            remove=Call("DeleteRolePolicy", {"RoleName": "@id", "PolicyName": "@item.PolicyName"}),
        ),
        Part(
            "PermissionsBoundary",
            put=Call(
                "PutRolePermissionsBoundary", {"RoleName": "@id", "PermissionsBoundary": "@item"}
            ),
            remove=Call("DeleteRolePermissionsBoundary", {"RoleName": "@id"}),
            created=True,
        ),
    ),
    replaced_by=frozenset({"RoleName", "Path"}),
    taggable=True,
    tag=Call("TagRole", {"RoleName": "@id", "Tags": "@tags"}),
    untag=Call("UntagRole", {"RoleName": "@id", "TagKeys": "@tag_keys"}),
)


def _inline_policy(kind: str) -> Part:
    """The policy in each of the roles, users or groups that the template names."""
    owner = f"{kind}Name"
    return Part(
        f"{kind}s",
        each=True,
        by=frozenset({"PolicyDocument"}),
        put=Call(
            f"Put{kind}Policy",
            {owner: "@item", "PolicyName": "PolicyName", "PolicyDocument": "PolicyDocument"},
        ),
        remove=Call(f"Delete{kind}Policy", {owner: "@item", "PolicyName": "PolicyName"}),
    )


POLICY = ResourceType(
    name="AWS::IAM::Policy",
    service="iam",
    required=("PolicyDocument", "PolicyName"),
    create=None,
    identifier="@name",
    attributes={"Id": "@id"},
    parts=(_inline_policy("Role"), _inline_policy("User"), _inline_policy("Group")),
    replaced_by=frozenset({"PolicyName"}),
)


def _attached_policy(kind: str) -> Part:
    return Part(
        f"{kind}s",
        each=True,
        undone=True,
        put=Call(f"Attach{kind}Policy", {f"{kind}Name": "@item", "PolicyArn": "@id"}),
        remove=Call(f"Detach{kind}Policy", {f"{kind}Name": "@item", "PolicyArn": "@id"}),
    )


def _policy_arn(asked: Asked) -> str:
    """A managed policy's ARN is known before it is made."""
    if asked.physical_id.startswith("arn:"):
        return asked.physical_id
    path = asked.properties.get("Path", "/")
    return f"arn:aws:iam::{asked.account}:policy{path}{asked.name}"


MANAGED_POLICY = ResourceType(
    name="AWS::IAM::ManagedPolicy",
    service="iam",
    named_by="ManagedPolicyName",
    required=("PolicyDocument",),
    create=Call(
        "CreatePolicy",
        {
            "PolicyName": "@name",
            "Path": "Path",
            "PolicyDocument": "PolicyDocument",
            "Description": "Description",
            "Tags": "Tags",
        },
    ),
    identifier="Policy.Arn",
    read=Call("GetPolicy", {"PolicyArn": _policy_arn}),
    attributes={
        "PolicyArn": "Policy.Arn",
        "PolicyId": "Policy.PolicyId",
        "DefaultVersionId": "Policy.DefaultVersionId",
    },
    updates=(
        Update(
            Call(
                "CreatePolicyVersion",
                {"PolicyArn": "@id", "PolicyDocument": "PolicyDocument", "SetAsDefault": "=true"},
            )
        ),
        # A policy has five versions at most; the one before is not needed any more.
        Update(
            Call(
                "DeletePolicyVersion",
                {"PolicyArn": "@id", "VersionId": "@attribute.DefaultVersionId"},
            ),
            by=frozenset({"PolicyDocument"}),
        ),
    ),
    delete=Call("DeletePolicy", {"PolicyArn": "@id"}),
    parts=(_attached_policy("Role"), _attached_policy("User"), _attached_policy("Group")),
    replaced_by=frozenset({"ManagedPolicyName", "Path", "Description"}),
    taggable=True,
    tag=Call("TagPolicy", {"PolicyArn": "@id", "Tags": "@tags"}),
    untag=Call("UntagPolicy", {"PolicyArn": "@id", "TagKeys": "@tag_keys"}),
)

INSTANCE_PROFILE = ResourceType(
    name="AWS::IAM::InstanceProfile",
    service="iam",
    named_by="InstanceProfileName",
    required=("Roles",),
    create=Call("CreateInstanceProfile", {"InstanceProfileName": "@name", "Path": "Path"}),
    read=Call("GetInstanceProfile", {"InstanceProfileName": "@name"}),
    attributes={"Arn": "InstanceProfile.Arn"},
    delete=Call("DeleteInstanceProfile", {"InstanceProfileName": "@id"}),
    parts=(
        Part(
            "Roles",
            each=True,
            undone=True,
            put=Call(
                "AddRoleToInstanceProfile", {"InstanceProfileName": "@id", "RoleName": "@item"}
            ),
            remove=Call(
                "RemoveRoleFromInstanceProfile",
                {"InstanceProfileName": "@id", "RoleName": "@item"},
            ),
        ),
    ),
    replaced_by=frozenset({"InstanceProfileName", "Path"}),
)

RESOURCE_TYPES = (ROLE, POLICY, MANAGED_POLICY, INSTANCE_PROFILE)
