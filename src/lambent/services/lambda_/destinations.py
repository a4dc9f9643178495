"""
Where an asynchronous invoke's end is told: its destination, and the function's dead letters.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import logging
from dataclasses import dataclass, replace
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import AwsError
from lambent.core.ids import new_uuid, uuid_from
from lambent.platform import Context
from lambent.services.lambda_ import event_records, metrics
from lambent.services.lambda_.event_invoke_config import EventInvokeConfig
from lambent.services.lambda_.event_records import Outcome
from lambent.services.lambda_.events import GiveUp
from lambent.services.lambda_.names import LATEST
from lambent.services.lambda_.records import Version
from lambent.storage.database import Tx
from lambent.targets import ApiCall, delivery_call

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """An event that is done with. `given_up` is None where the function has run well."""

    event: dict[str, Any]
    version: Version
    config: EventInvokeConfig
    outcome: Outcome
    given_up: GiveUp | None = None


def enqueue_deliveries(tx: Tx, context: Context, ending: Ending) -> None:
    """AWS: a function may have a destination and dead letters, and then each gets its own."""
    config, given_up = ending.config, ending.given_up
    target = config.on_success if given_up is None else config.on_failure
    if target:
        _enqueue(tx, context, ending, "record", target, _record(context, ending))
    target = ending.version.configuration.dead_letter_target
    if target and given_up is not None:
        letter = {
            "body": ending.event["payload"],
            "attributes": event_records.dead_letter_attributes(
                ending.event["request_id"], given_up.error_code, given_up.error_message
            ),
        }
        _enqueue(tx, context, ending, "letter", target, letter)


async def deliver(context: Context, payload: dict[str, Any]) -> None:
    """Hand one record or dead letter over, as the function's role."""
    call = _call(context, payload)
    try:
        await context.acting_as(payload["role"]).call(call.service, call.operation, call.params)
    except AwsError as error:
        # AWS: counts it, and drops it.
        is_letter = "succeeded" not in payload
        failure = "DeadLetterErrors" if is_letter else "DestinationDeliveryFailures"
        metrics.count_of(context, payload["function"], failure)
        _log.warning(
            "%s did not take what became of an event of %s: %s",
            payload["target"],
            payload["function"],
            error,
        )


def _call(context: Context, payload: dict[str, Any]) -> ApiCall:
    target, body = Arn.parse(payload["target"]), payload["body"]
    if target.service == "s3":
        key = event_records.object_key(payload["name"], context.clock.now(), new_uuid())
        params = {
            "Bucket": target.resource,
            "Key": key,
            "Body": body.encode(),
            "ContentType": "application/json",
        }
        return ApiCall("s3", "PutObject", params)
    call = delivery_call(target, body)
    if target.service == "events":
        entry = event_records.bus_entry(
            body, payload["function"], payload["target"], payload["succeeded"]
        )
        return replace(call, params={"Entries": [entry]})
    if payload.get("attributes"):
        return replace(call, params={**call.params, "MessageAttributes": payload["attributes"]})
    return call


def _record(context: Context, ending: Ending) -> dict[str, Any]:
    event = ending.event
    body = event_records.invocation_record(
        event["request_id"],
        event["payload"],
        _qualified(event),
        ending.outcome,
        context.clock.now(),
    )
    return {"body": body, "succeeded": ending.given_up is None}


def _enqueue(
    tx: Tx, context: Context, ending: Ending, what: str, target: str, delivery: dict[str, Any]
) -> None:
    event = ending.event
    context.enqueue(
        tx,
        f"lambda/delivery/{what}/{uuid_from(event['request_id'], event['function'])}",
        "lambda.deliver",
        {
            **delivery,
            "target": target,
            "function": _qualified(event),
            "name": ending.version.name,
            "role": ending.version.configuration.role,
        },
    )


def _qualified(event: dict[str, Any]) -> str:
    """AWS: records name `$LATEST` where no qualifier was given."""
    arn: str = event["function"]
    return arn if arn.count(":") > 6 else f"{arn}:{LATEST}"
