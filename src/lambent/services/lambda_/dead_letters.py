"""
Sends an event that no attempt could use to the function's dead-letter queue or topic.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import logging
from functools import partial
from typing import Any

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.lambda_ import names, store
from lambent.services.lambda_.events import GiveUp
from lambent.targets import delivery_call

_log = logging.getLogger(__name__)
_MOST_CHARACTERS = 1024


async def deliver(context: Context, event: dict[str, Any], given_up: GiveUp) -> None:
    """Nothing where the function has no dead-letter target, or is gone."""
    name = names.parse(event["function"], context.account, context.region)
    try:
        version = await context.db.read(partial(store.get_qualified, name=name))
    except AwsError:
        return
    target = version.configuration.dead_letter_target
    if not target:
        return
    call = delivery_call(target, event["payload"])
    params = {**call.params, "MessageAttributes": _attributes(event["request_id"], given_up)}
    caller = context.acting_as(version.configuration.role)
    try:
        await caller.call(call.service, call.operation, params)
    except AwsError as error:
        # AWS: counts DeadLetterErrors and drops the event.
        _log.warning("the dead letter of %s was not accepted: %s", event["function"], error)


def _attributes(request_id: str, given_up: GiveUp) -> dict[str, Any]:
    return {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": given_up.error_code},
        "ErrorMessage": {
            "DataType": "String",
            "StringValue": given_up.error_message[:_MOST_CHARACTERS] or "-",
        },
    }
