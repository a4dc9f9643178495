"""
A bucket's configurations: kept as they were given, and given back.

PutX, GetX, DeleteX and ListXs are the same for every noun X, so a noun is a row of a table.
https://docs.aws.amazon.com/AmazonS3/latest/API/ has a page for each.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.s3 import cross_origin
from lambent.services.s3.api import edge

Operation = Callable[[Context, Params], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class _Configuration:
    """One noun; operations are named as boto3 names its methods."""

    kind: str
    # What stands behind put_ and get_ in the operations' names.
    noun: str
    # What holds it in the params of put_, and in the reply of get_ if that does not spread it out.
    member: str
    is_spread: bool = False
    # What stands behind delete_, where it can be deleted.
    deleted_as: str = ""
    # The reply's member of list_, where a bucket may have many, each with an id.
    listed_as: str = ""
    # Raises what is wrong with what is put.
    check: Callable[[Mapping[str, Any]], None] = lambda configuration: None


def _spread(kind: str, noun: str, member: str, deleted_as: str = "") -> _Configuration:
    return _Configuration(kind, noun, member, is_spread=True, deleted_as=deleted_as)


def _whole(kind: str, noun: str, member: str) -> _Configuration:
    return _Configuration(kind, noun, member, deleted_as=noun)


def _many(kind: str, noun: str, member: str) -> _Configuration:
    return _Configuration(kind, noun, member, deleted_as=noun, listed_as=f"{member}List")


_CONFIGURATIONS = (
    _Configuration(
        "cors",
        "bucket_cors",
        "CORSConfiguration",
        is_spread=True,
        deleted_as="bucket_cors",
        check=cross_origin.check,
    ),
    _spread(
        "lifecycle",
        "bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        "bucket_lifecycle",
    ),
    _spread("website", "bucket_website", "WebsiteConfiguration", "bucket_website"),
    _spread("logging", "bucket_logging", "BucketLoggingStatus"),
    _spread("accelerate", "bucket_accelerate_configuration", "AccelerateConfiguration"),
    _spread("requestPayment", "bucket_request_payment", "RequestPaymentConfiguration"),
    _whole("encryption", "bucket_encryption", "ServerSideEncryptionConfiguration"),
    _whole("publicAccessBlock", "public_access_block", "PublicAccessBlockConfiguration"),
    _whole("ownership", "bucket_ownership_controls", "OwnershipControls"),
    _whole("replication", "bucket_replication", "ReplicationConfiguration"),
    _Configuration("objectLock", "object_lock_configuration", "ObjectLockConfiguration"),
    _many("analytics", "bucket_analytics_configuration", "AnalyticsConfiguration"),
    _many(
        "intelligentTiering",
        "bucket_intelligent_tiering_configuration",
        "IntelligentTieringConfiguration",
    ),
    _many("inventory", "bucket_inventory_configuration", "InventoryConfiguration"),
    _many("metrics", "bucket_metrics_configuration", "MetricsConfiguration"),
)


def _operations_of(configuration: _Configuration) -> Mapping[str, Operation]:
    kind, member = configuration.kind, configuration.member

    async def put(context: Context, params: Params) -> Reply:
        configuration.check(params[member])
        return await edge.put(context, params, kind, params[member], params.get("Id", ""))

    async def get(context: Context, params: Params) -> Reply:
        found: Reply = await edge.get(context, params, kind, params.get("Id", ""))
        return found if configuration.is_spread else {member: found}

    async def remove(context: Context, params: Params) -> Reply:
        return await edge.remove(context, params, kind, params.get("Id", ""))

    async def list_all(context: Context, params: Params) -> Reply:
        return await edge.list_all(context, params, kind, configuration.listed_as)

    operations = {f"put_{configuration.noun}": put, f"get_{configuration.noun}": get}
    if configuration.deleted_as:
        operations[f"delete_{configuration.deleted_as}"] = remove
    if configuration.listed_as:
        operations[f"list_{configuration.noun}s"] = list_all
    return operations


OPERATIONS: Mapping[str, Operation] = {
    name: operation
    for configuration in _CONFIGURATIONS
    for name, operation in _operations_of(configuration).items()
}
