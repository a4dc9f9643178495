"""The names, limits and refusals of IAM."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.core.pages import key_in
from lambent.services.iam.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
    ValidationError,
)
from lambent.services.iam.records import INSTANCE_PROFILE, Identity, Kind, Policy

DEFAULT_SESSION_SECONDS = 3_600
_PAGE = 100
_MOST_VERSIONS = 5
_MOST_ATTACHED = 10
_MOST_TAGS = 50
# AWS: white space does not count. The quotas that AWS documents, by kind of identity.
_INLINE_CHARACTERS = {"role": 10_240, "user": 2_048, "group": 5_120}
_MANAGED_CHARACTERS = 6_144
_TRUST_CHARACTERS = 2_048
_SPACE = re.compile(r"\s+")


def no_such_identity(kind: Kind, name: str) -> NoSuchEntity:
    if kind is INSTANCE_PROFILE:
        return NoSuchEntity(f"Instance Profile {name} cannot be found.")
    return NoSuchEntity(f"The {kind.words} with name {name} cannot be found.")


def identity_exists(kind: Kind, name: str) -> EntityAlreadyExists:
    if kind is INSTANCE_PROFILE:
        return EntityAlreadyExists(f"Instance Profile {name} already exists.")
    return EntityAlreadyExists(f"{kind.words.capitalize()} with name {name} already exists.")


def no_such_inline_policy(kind: Kind, name: str) -> NoSuchEntity:
    return NoSuchEntity(f"The {kind.inline_words} with name {name} cannot be found.")


def no_such_policy(arn: str) -> NoSuchEntity:
    return NoSuchEntity(f"Policy {arn} was not found.")


def not_attachable(arn: str) -> NoSuchEntity:
    return NoSuchEntity(f"Policy {arn} does not exist or is not attachable.")


def no_such_version(arn: str, version_id: str) -> NoSuchEntity:
    return NoSuchEntity(f"Policy {arn} version {version_id} does not exist or is not attachable.")


def policy_exists(name: str) -> EntityAlreadyExists:
    return EntityAlreadyExists(
        f"A policy called {name} already exists. Duplicate names are not allowed."
    )


def with_usage(policy: Policy, attachments: int, boundaries: int) -> Policy:
    return replace(policy, attachments=attachments, boundaries=boundaries)


def path_in(params: Mapping[str, Any]) -> str:
    """The path of what is made; raises ValidationError where it is none."""
    path: str = params.get("Path", "/")
    if not (path.startswith("/") and path.endswith("/")) or "//" in path:
        raise ValidationError(
            "The specified value for path is invalid. It must begin and end with / and contain"
            " only alphanumeric characters and/or / characters."
        )
    return path


def tags_in(params: Mapping[str, Any]) -> dict[str, str]:
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", ())}
    folded = {name.lower() for name in tags}
    if len(folded) < len(params.get("Tags", ())):
        raise InvalidInput(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if len(tags) > _MOST_TAGS:
        raise LimitExceeded(f"The number of tags has reached the maximum limit: {_MOST_TAGS}.")
    return tags


def check_tag_count(tags: Mapping[str, str]) -> None:
    if len(tags) > _MOST_TAGS:
        raise LimitExceeded(f"The number of tags has reached the maximum limit: {_MOST_TAGS}.")


def page_in(params: Mapping[str, Any]) -> tuple[str, int]:
    """After which name the page begins, and how many it holds at most."""
    after = ""
    if "Marker" in params:
        try:
            after = str(key_in(params["Marker"])[0])
        except (ValidationFailed, IndexError):
            raise ValidationError("Invalid Marker.") from None
    return after, params.get("MaxItems", _PAGE)


def check_trust_size(document: str) -> None:
    if _size(document) > _TRUST_CHARACTERS * 2:
        # AWS: 2,048 can be raised to 4,096; the higher one refuses nothing that AWS takes.
        raise LimitExceeded("Cannot exceed quota for ACLSizePerRole: 4096")


def check_managed_size(document: str) -> None:
    if _size(document) > _MANAGED_CHARACTERS:
        raise LimitExceeded(f"Cannot exceed quota for PolicySize: {_MANAGED_CHARACTERS}")


def check_inline_size(kind: Kind, name: str, documents: Mapping[str, str]) -> None:
    """The quota is for all inline policies of an identity together."""
    most = _INLINE_CHARACTERS[kind.name]
    if sum(_size(document) for document in documents.values()) > most:
        raise LimitExceeded(f"Maximum policy size of {most} bytes exceeded for {kind.name} {name}")


def check_attached_count(kind: Kind, attached: list[str]) -> None:
    if len(attached) >= _MOST_ATTACHED:
        raise LimitExceeded(
            f"Cannot exceed quota for PoliciesPer{kind.name.capitalize()}: {_MOST_ATTACHED}"
        )


def check_version_count(count: int) -> None:
    if count >= _MOST_VERSIONS:
        raise LimitExceeded(
            f"A managed policy can have up to {_MOST_VERSIONS} versions. Before you create a new"
            " version, you must delete an existing version."
        )


def check_identity_deletable(
    *, inline: int, attached: int, containers: list[Identity], members: int, access_keys: int
) -> None:
    """Raise DeleteConflict where something still hangs on the identity."""
    if access_keys:
        raise DeleteConflict("Cannot delete entity, must delete access keys first.")
    if any(container.kind == INSTANCE_PROFILE.name for container in containers):
        raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    if containers:
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    if members:
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    if attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")


def check_policy_deletable(policy: Policy, versions: int) -> None:
    if policy.attachments or policy.boundaries:
        raise DeleteConflict("Cannot delete a policy attached to entities.")
    if versions > 1:
        raise DeleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete"
            " the policy's versions. The default version is deleted with the policy."
        )


def _size(document: str) -> int:
    return len(_SPACE.sub("", document))
