"""Whom a bucket tells of what happens to its objects."""

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.s3 import changes, notifications, notifying, store
from lambent.services.s3.api import edge
from lambent.services.s3.records import Bucket
from lambent.storage.database import Tx

_KIND = "notification"


async def put_bucket_notification_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html"""
    bucket = await context.db.read(lambda tx: changes.bucket_of(tx, params))
    kept = notifications.checked(params["NotificationConfiguration"], bucket, new_uuid)
    if not params.get("SkipDestinationValidation"):
        await _check_destinations(context, bucket, kept)

    def write(tx: Tx) -> None:
        changes.bucket_of(tx, params)
        if kept:
            store.put_configuration(tx, bucket.name, _KIND, kept)
        else:
            store.remove_configuration(tx, bucket.name, _KIND)

    await context.db.write(write)
    return {}


async def get_bucket_notification_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html"""
    found: Reply = await edge.get(context, params, _KIND)
    return found


async def _check_destinations(
    context: Context, bucket: Bucket, kept: notifications.Configuration
) -> None:
    """Raise InvalidArgument, with all of them, where some cannot be reached."""
    kinds = {one[kind.member]: kind for kind, one in notifications.listed(kept)}
    failures = []
    for target, kind in kinds.items():
        words = await notifying.find_failure(context, bucket, kind, target)
        if words is not None:
            failures.append((target, words))
    if failures:
        raise notifications.unreachable(failures)
