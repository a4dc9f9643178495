"""
Tells others what happens to objects: the work is written with its cause, and done later.

Whatever is acknowledged is told of at least once, as on AWS.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.s3 import event_records, notifications, object_store
from lambent.services.s3.event_records import Cause, Happening
from lambent.services.s3.notifications import Kind
from lambent.services.s3.records import Bucket, Version
from lambent.storage.database import Tx
from lambent.targets import ApiCall, delivery_call
from lambent.work import queue
from lambent.work.backoff import exponential
from lambent.work.queue import WorkItem

_PRINCIPAL = "s3.amazonaws.com"
_SUBJECT = "Amazon S3 Notification"
# How long a destination may be away, and the longest pause between two tries.
_MOST_AGE = 86_400.0
_LONGEST_BACKOFF = 600.0


def tell(tx: Tx, context: Context, bucket: Bucket, event: str, version: Version) -> None:
    """Have everybody told who wants to know of `event`, like `ObjectCreated:Put`."""
    if not bucket.notification:
        return
    asked = notifications.compiled(bucket.notification)
    wanting = [rule for rule in asked.rules if rule.wants(event, version.key)]
    if not wanting and not asked.to_event_bus:
        return
    now = context.clock.now()
    number = object_store.next_happening(tx)
    what = Happening(event, bucket, version, now, _cause(context), number)
    parcels: list[dict[str, Any]] = [
        {"target": rule.target, "record": event_records.record(what, rule.id)} for rule in wanting
    ]
    if asked.to_event_bus:
        parcels.append({"entry": event_records.entry(what)})
    there = context.at(bucket.account, bucket.region)
    for place, parcel in enumerate(parcels):
        payload = {**parcel, "bucket": bucket.name, "since": now}
        there.enqueue(tx, f"s3/notify/{number}/{place}", "s3.notify", payload)


async def deliver(context: Context, item: WorkItem) -> None:
    """Tell one destination, or try again later; give up after a day."""
    payload = item.payload
    call = _call(payload)
    caller = _caller(context, payload["bucket"], call.region)
    try:
        await caller.call(call.service, call.operation, call.params)
    except AwsError:
        now, failures = context.clock.now(), payload.get("failures", 0) + 1
        run_at = now + exponential(failures, first=1.0, most=_LONGEST_BACKOFF)
        if run_at < payload["since"] + _MOST_AGE:
            later = {**payload, "failures": failures}
            await context.db.write(
                partial(queue.postpone, item_id=item.id, run_at=run_at, payload=later)
            )
            return
    await context.db.write(partial(queue.finish, item_id=item.id))


async def find_failure(context: Context, bucket: Bucket, kind: Kind, target: str) -> str | None:
    """Try a destination as S3 does, with a test event; what is wrong with it, in AWS's words."""
    if kind.service == "lambda":
        # AWS: a function gets no test event.
        params = {"FunctionName": target, "InvocationType": "DryRun"}
        call = ApiCall("lambda", "Invoke", params, bucket.region)
    else:
        message = event_records.test_event(bucket.name, context.request_id, context.clock.now())
        call = _with_subject(delivery_call(target, message))
    caller = _caller(context.at(bucket.account, bucket.region), bucket.name, call.region)
    try:
        await caller.call(call.service, call.operation, call.params)
    except AwsError as error:
        if "NotFound" in error.code or "DoesNotExist" in error.code or "NonExist" in error.code:
            return f"The destination {kind.noun} does not exist"
        # A function that is not ready yet is there.
        if kind.service == "lambda" and error.code == "ResourceConflictException":
            return None
        return (
            f"Permissions on the destination {kind.noun} do not allow S3 to publish notifications"
            " from this bucket"
        )
    return None


def _call(payload: dict[str, Any]) -> ApiCall:
    if "entry" in payload:
        return ApiCall("events", "PutEvents", {"Entries": [payload["entry"]]})
    return _with_subject(delivery_call(payload["target"], {"Records": [payload["record"]]}))


def _with_subject(call: ApiCall) -> ApiCall:
    if call.service != "sns":
        return call
    return replace(call, params={**call.params, "Subject": _SUBJECT})


def _caller(context: Context, bucket: str, region: str) -> Context:
    caller = context.acting_as(_PRINCIPAL).at(context.account, region or context.region)
    return replace(caller, request={"aws:sourcearn": event_records.bucket_arn(bucket)})


def _cause(context: Context) -> Cause:
    principal = context.principal
    return Cause(
        principal=f"AWS:{principal.user_id or principal.arn}",
        requester=principal.arn if principal.is_service else context.account,
        source_ip=context.source_ip or "127.0.0.1",
        request_id=context.request_id,
    )
