"""Log groups: create, delete, describe, retention, encryption, protection."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.core.pages import token_after
from lambent.platform import Context, Params, Reply
from lambent.services.logs import changes, rules, store
from lambent.services.logs.api import asked
from lambent.services.logs.errors import InvalidParameter, ResourceAlreadyExists
from lambent.services.logs.records import LogGroup
from lambent.storage.database import Tx


async def create_log_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"""
    name = params["logGroupName"]
    rules.check_group_name(name)
    group = LogGroup(
        context.account,
        context.region,
        name,
        asked.now(context),
        params.get("logGroupClass", "STANDARD"),
        params.get("kmsKeyId", ""),
        dict(params.get("tags") or {}),
        bool(params.get("deletionProtectionEnabled")),
    )

    def write(tx: Tx) -> None:
        if store.find_group(tx, context.account, context.region, name) is not None:
            raise ResourceAlreadyExists("The specified log group already exists")
        changes.create_group(tx, context, group)

    await context.db.write(write)
    return {}


async def delete_log_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html"""

    def write(tx: Tx) -> None:
        group = asked.get_group(tx, context, params["logGroupName"])
        if group.deletion_protected:
            raise ValidationFailed(
                "The log group is protected from deletion. Disable deletion protection first."
            )
        changes.stop_expiry(tx, group)
        store.remove_group(tx, group)

    await context.db.write(write)
    return {}


async def describe_log_groups(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html"""
    wanted = _wanted(params)
    return await _listed(context, params, wanted, "logGroups", _reply)


async def list_log_groups(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html"""
    # AWS: alternatives between bars, each of which may be bound to the start by ^.
    pattern = re.compile(params.get("logGroupNamePattern", ""))
    log_group_class = params.get("logGroupClass")

    def wanted(group: LogGroup) -> bool:
        in_class = log_group_class in (None, group.log_group_class)
        return in_class and pattern.search(group.name) is not None

    def summary(tx: Tx, group: LogGroup) -> dict[str, Any]:
        return {
            "logGroupName": group.name,
            "logGroupArn": group.arn,
            "logGroupClass": group.log_group_class,
        }

    return await _listed(context, params, wanted, "logGroups", summary)


async def put_retention_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""
    days = params["retentionInDays"]
    rules.check_retention(days)

    def write(tx: Tx) -> None:
        group = asked.get_group(tx, context, params["logGroupName"])
        store.put_group(tx, replace(group, retention_days=days))
        changes.enqueue_expiry(tx, context, group)

    await context.db.write(write)
    return {}


async def delete_retention_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html"""

    def write(tx: Tx) -> None:
        group = asked.get_group(tx, context, params["logGroupName"])
        store.put_group(tx, replace(group, retention_days=None))
        changes.stop_expiry(tx, group)

    await context.db.write(write)
    return {}


async def associate_kms_key(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html"""
    return await _put_key(context, params, params["kmsKeyId"])


async def disassociate_kms_key(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html"""
    return await _put_key(context, params, "")


async def put_log_group_deletion_protection(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogGroupDeletionProtection.html"""
    name = rules.group_name_in(params["logGroupIdentifier"])

    def write(tx: Tx) -> None:
        group = asked.get_group(tx, context, name)
        store.put_group(tx, replace(group, deletion_protected=params["deletionProtectionEnabled"]))

    await context.db.write(write)
    return {}


async def _put_key(context: Context, params: Params, key: str) -> Reply:
    name = params.get("logGroupName") or rules.group_name_in(params.get("resourceIdentifier", ""))

    def write(tx: Tx) -> None:
        group = asked.get_group(tx, context, name)
        store.put_group(tx, replace(group, kms_key_id=key))

    await context.db.write(write)
    return {}


def _wanted(params: Params) -> Callable[[LogGroup], bool]:
    prefix, pattern = params.get("logGroupNamePrefix"), params.get("logGroupNamePattern")
    if prefix and pattern:
        raise InvalidParameter(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    log_group_class = params.get("logGroupClass")
    names = {rules.group_name_in(one) for one in params.get("logGroupIdentifiers") or ()}

    def wanted(group: LogGroup) -> bool:
        return (
            group.name.startswith(prefix or "")
            and (pattern or "") in group.name
            and log_group_class in (None, group.log_group_class)
            and (not names or group.name in names)
        )

    return wanted


async def _listed(
    context: Context,
    params: Params,
    wanted: Callable[[LogGroup], bool],
    member: str,
    reply: Callable[[Tx, LogGroup], dict[str, Any]],
) -> Reply:
    (last,) = asked.after(params, [""])
    size = asked.page_size(params)

    def read(tx: Tx) -> tuple[list[dict[str, Any]], bool]:
        groups = store.list_groups(tx, context.account, context.region, str(last))
        found = [group for group in groups if wanted(group)]
        return [reply(tx, group) for group in found[:size]], len(found) > size

    replies, more = await context.db.read(read)
    answer: dict[str, Any] = {member: replies}
    if more:
        answer["nextToken"] = token_after(replies[-1]["logGroupName"])
    return answer


def _reply(tx: Tx, group: LogGroup) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": 0,
        "arn": f"{group.arn}:*",
        "storedBytes": store.stored_bytes(tx, group),
        "logGroupClass": group.log_group_class,
        "logGroupArn": group.arn,
        "deletionProtectionEnabled": group.deletion_protected,
    }
    if group.retention_days is not None:
        reply["retentionInDays"] = group.retention_days
    if group.kms_key_id:
        reply["kmsKeyId"] = group.kms_key_id
    return reply
