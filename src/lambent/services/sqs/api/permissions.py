"""AddPermission and RemovePermission: statements of the queue's policy."""

import json
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.sqs import queue_attributes, store
from lambent.services.sqs.api.addresses import place_in
from lambent.services.sqs.errors import InvalidParameterValue, OverLimit
from lambent.services.sqs.records import Queue
from lambent.storage.database import Tx

_MOST_ACTIONS = 7


async def add_permission(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html"""
    place = place_in(context, params)
    label, actions = params["Label"], params["Actions"]
    if len(actions) > _MOST_ACTIONS:
        raise OverLimit(f"{len(actions)} Actions were found, maximum allowed is {_MOST_ACTIONS}.")
    principals = [f"arn:aws:iam::{account}:root" for account in params["AWSAccountIds"]]
    now = context.clock.now()

    def write(tx: Tx) -> None:
        queue = place.queue(tx)
        policy = _policy(queue)
        if any(statement.get("Sid") == label for statement in policy["Statement"]):
            raise InvalidParameterValue(
                f"Value {label} for parameter Label is invalid. Reason: Already exists."
            )
        policy["Statement"].append(
            {
                "Sid": label,
                "Effect": "Allow",
                "Principal": {"AWS": _one_or_all(principals)},
                "Action": _one_or_all([f"SQS:{action}" for action in actions]),
                "Resource": queue.arn,
            }
        )
        _put_policy(tx, queue, policy, now)

    await context.db.write(write)
    return {}


async def remove_permission(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html"""
    place = place_in(context, params)
    label = params["Label"]
    now = context.clock.now()

    def write(tx: Tx) -> None:
        queue = place.queue(tx)
        policy = _policy(queue)
        kept = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
        if len(kept) == len(policy["Statement"]):
            raise InvalidParameterValue(
                f"Value {label} for parameter Label is invalid. Reason: can't find label on"
                " existing policy."
            )
        _put_policy(tx, queue, {**policy, "Statement": kept}, now)

    await context.db.write(write)
    return {}


def _policy(queue: Queue) -> dict[str, Any]:
    text = queue.attributes.get("Policy")
    if text is None:
        return {"Version": "2012-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}
    policy: dict[str, Any] = json.loads(text)
    if isinstance(policy["Statement"], dict):
        policy["Statement"] = [policy["Statement"]]
    return policy


def _put_policy(tx: Tx, queue: Queue, policy: dict[str, Any], now: float) -> None:
    text = json.dumps(policy) if policy["Statement"] else ""
    store.put_attributes(
        tx, queue, queue_attributes.merged(queue.attributes, {"Policy": text}), now
    )


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
