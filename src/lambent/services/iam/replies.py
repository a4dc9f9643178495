"""What IAM's records look like in replies. Policy documents are percent-encoded, as on AWS."""

from typing import Any
from urllib.parse import quote

from lambent.core.pages import token_after
from lambent.services.iam.records import AccessKey, Identity, Policy, PolicyVersion


def document(text: str) -> str:
    return quote(text, safe="")


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def page(member: str, shown: list[dict[str, Any]], next_name: str | None) -> dict[str, Any]:
    """A page of `member`; `next_name` is the last one's name where more follow."""
    if next_name is None:
        return {member: shown, "IsTruncated": False}
    return {member: shown, "IsTruncated": True, "Marker": token_after(next_name)}


def role(identity: Identity, tags: dict[str, str] | None = None) -> dict[str, Any]:
    """With its tags where they are given: lists leave them out."""
    shown: dict[str, Any] = {
        "Path": identity.path,
        "RoleName": identity.name,
        "RoleId": identity.id,
        "Arn": identity.arn,
        "CreateDate": identity.created_at,
        "AssumeRolePolicyDocument": document(identity.trust_policy),
        "MaxSessionDuration": identity.max_session_seconds,
    }
    if identity.description:
        shown["Description"] = identity.description
    return _with_boundary_and_tags(shown, identity, tags)


def user(identity: Identity, tags: dict[str, str] | None = None) -> dict[str, Any]:
    shown = {
        "Path": identity.path,
        "UserName": identity.name,
        "UserId": identity.id,
        "Arn": identity.arn,
        "CreateDate": identity.created_at,
    }
    return _with_boundary_and_tags(shown, identity, tags)


def group(identity: Identity) -> dict[str, Any]:
    return {
        "Path": identity.path,
        "GroupName": identity.name,
        "GroupId": identity.id,
        "Arn": identity.arn,
        "CreateDate": identity.created_at,
    }


def instance_profile(
    identity: Identity, roles: list[Identity], tags: dict[str, str] | None = None
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Path": identity.path,
        "InstanceProfileName": identity.name,
        "InstanceProfileId": identity.id,
        "Arn": identity.arn,
        "CreateDate": identity.created_at,
        "Roles": [role(one) for one in roles],
    }
    if tags:
        shown["Tags"] = tag_list(tags)
    return shown


def policy(record: Policy, tags: dict[str, str] | None = None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "PolicyName": record.name,
        "PolicyId": record.id,
        "Arn": record.arn,
        "Path": record.path,
        "DefaultVersionId": f"v{record.default_version}",
        "AttachmentCount": record.attachments,
        "PermissionsBoundaryUsageCount": record.boundaries,
        "IsAttachable": True,
        "CreateDate": record.created_at,
        "UpdateDate": record.updated_at,
    }
    if tags is not None:
        shown["Tags"] = tag_list(tags)
        # AWS: lists leave the description out.
        if record.description:
            shown["Description"] = record.description
    return shown


def policy_version(version: PolicyVersion, default: int, *, whole: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "VersionId": f"v{version.number}",
        "IsDefaultVersion": version.number == default,
        "CreateDate": version.created_at,
    }
    if whole:
        shown["Document"] = document(version.document)
    return shown


def access_key(key: AccessKey, user_name: str) -> dict[str, Any]:
    return {
        "UserName": user_name,
        "AccessKeyId": key.id,
        "Status": key.status,
        "CreateDate": key.created_at,
    }


def _with_boundary_and_tags(
    shown: dict[str, Any], identity: Identity, tags: dict[str, str] | None
) -> dict[str, Any]:
    if identity.boundary:
        shown["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": identity.boundary,
        }
    if tags:
        shown["Tags"] = tag_list(tags)
    return shown
