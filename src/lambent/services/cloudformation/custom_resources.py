"""
Resources that answer in their own time: custom resources, wait conditions and their handles.

A custom resource is asked by an event to its function or topic, with an address to answer at;
the answer comes in by `doors.response`, which wakes the step that waits for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from lambent.core.arn import Arn
from lambent.core.ids import uuid_from
from lambent.languages.templates.resource_types import ResourceType
from lambent.languages.templates.scope import text_of
from lambent.platform import Context
from lambent.services.cloudformation import changes, store
from lambent.services.cloudformation.errors import ValidationError
from lambent.services.cloudformation.records import Resource, Stack

CUSTOM = "AWS::CloudFormation::CustomResource"
HANDLE = "AWS::CloudFormation::WaitConditionHandle"
CONDITION = "AWS::CloudFormation::WaitCondition"

# The row that says which work item a token wakes.
ITEM = "@item"
_DOOR = "/_lambent/cloudformation/response/"
_REQUESTS = {
    "create": "Create",
    "replace": "Create",
    "update": "Update",
    "revert": "Update",
    "remove": "Delete",
    "discard": "Delete",
}


@dataclass(frozen=True, slots=True)
class Answer:
    physical_id: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


def is_custom(table: ResourceType) -> bool:
    return table.name in (CUSTOM, HANDLE, CONDITION)


def token_of(item_id: str) -> str:
    """The token in the address that a step's answer comes to."""
    return uuid_from("cloudformation", item_id)


def token_in(url: str) -> str:
    """The token of a handle's address; empty for any other text."""
    return url.split(_DOOR, 1)[1].split("?", 1)[0] if _DOOR in str(url) else ""


async def ask(context: Context, acting: Context, stack: Stack, resource: Resource) -> None:
    """Have the resource told what is wanted of it; its answer comes later."""
    step = resource.step
    if resource.type == CONDITION:
        return
    item_id = changes.step_id(stack.id, step["key"], resource.logical_id)
    token = step["token"]
    if resource.type == HANDLE:
        # Its answers are for the wait condition, whose own step looks for them.
        token, item_id = token_of(token), ""
    await context.db.write(partial(store.put_response, token=token, name=ITEM, body=item_id))
    if resource.type == HANDLE:
        return
    event = _event(context, stack, resource)
    target = Arn.parse(event["ServiceToken"])
    here = acting.at(acting.account, target.region or acting.region)
    payload = orjson.dumps(event)
    if target.service == "lambda":
        await here.call(
            "lambda",
            "Invoke",
            {
                "FunctionName": str(target),
                "InvocationType": "Event",
                "Payload": payload,
            },
        )
    elif target.service == "sns":
        await here.call(
            "sns",
            "Publish",
            {
                "TopicArn": str(target),
                "Subject": "AWS CloudFormation custom resource request",
                "Message": payload.decode(),
            },
        )
    else:
        raise ValidationError(f"Invalid service token: {target}")


def _event(context: Context, stack: Stack, resource: Resource) -> dict[str, Any]:
    step = resource.step
    intent = step["intent"]
    properties = step["properties"]
    physical_id = resource.physical_id
    if intent == "discard":
        properties, physical_id = resource.former["properties"], resource.former["physical_id"]
    service_token = properties.get("ServiceToken")
    if not isinstance(service_token, str):
        raise ValidationError("ServiceToken must be a string")
    event = {
        "RequestType": _REQUESTS[intent],
        "ServiceToken": service_token,
        "ResponseURL": f"{context.settings.endpoint_url}{_DOOR}{step['token']}",
        "StackId": stack.id,
        "RequestId": step["token"],
        "LogicalResourceId": resource.logical_id,
        "ResourceType": resource.type,
        "ResourceProperties": as_text(properties),
    }
    if physical_id:
        event["PhysicalResourceId"] = physical_id
    if event["RequestType"] == "Update":
        old = step.get("from", resource.properties)
        event["OldResourceProperties"] = as_text(old)
    return event


def as_text(value: Any) -> Any:
    # AWS: every number and boolean in a custom resource's properties arrives as text.
    if isinstance(value, Mapping):
        return {name: as_text(child) for name, child in value.items()}
    if isinstance(value, list):
        return [as_text(child) for child in value]
    return text_of(value) if isinstance(value, bool | int | float) else value


def answer_to(
    resource: Resource, responses: Mapping[str, str], now: float, endpoint_url: str
) -> Answer | None:
    """What has come in for the resource's step; None while it is not enough."""
    step = resource.step
    if resource.type == HANDLE:
        return Answer(f"{endpoint_url}{_DOOR}{token_of(step['token'])}")
    if resource.type == CONDITION:
        return _signalled(resource, responses, now)
    answers = [body for name, body in responses.items() if name != ITEM]
    if not answers:
        timeout = _whole(resource, "ServiceTimeout", 3600)
        if now >= step["since"] + timeout:
            raise ValidationError(
                "CloudFormation did not receive a response from your Custom Resource. Please check"
                f" your logs for requestId [{step['token']}]. If you are using the Python cfn-"
                "response module, you may need to update your Lambda function code so that"
                " CloudFormation can attach the updated version."
            )
        return None
    told = _read(answers[0])
    if told.get("Status") != "SUCCESS":
        raise ValidationError(
            f"Received response status [{told.get('Status')}] from custom resource. Message"
            f" returned: {told.get('Reason', '')} (RequestId: {step['token']})"
        )
    attributes = told.get("Data")
    return Answer(
        str(told.get("PhysicalResourceId") or ""),
        attributes if isinstance(attributes, dict) else {},
    )


def _signalled(resource: Resource, responses: Mapping[str, str], now: float) -> Answer | None:
    """A wait condition: as many successes as it counts, or the first failure."""
    step = resource.step
    if step["intent"] in ("remove", "discard"):
        return Answer()
    signals = {name: _read(body) for name, body in responses.items() if name != ITEM}
    for signal in signals.values():
        if signal.get("Status") != "SUCCESS":
            raise ValidationError(
                f"WaitCondition received failed message: '{signal.get('Reason', '')}' for"
                f" uniqueId: {signal.get('UniqueId', '')}"
            )
    count, timeout = _whole(resource, "Count", 1), _whole(resource, "Timeout", 43_200)
    if len(signals) >= count:
        found = {name: signal.get("Data", "") for name, signal in signals.items()}
        return Answer(step["name"], {"Data": orjson.dumps(found).decode()})
    if now >= step["since"] + timeout:
        raise ValidationError(
            f"WaitCondition timed out. Received {len(signals)} conditions when expecting {count}"
        )
    return None


def _whole(resource: Resource, name: str, default: int) -> int:
    value = resource.step["properties"].get(name, default)
    if not re.fullmatch(r"\d{1,9}", str(value)):
        raise ValidationError(
            f"Properties validation failed for resource of type {resource.type} with message:"
            f" [#/{name}: expected type: Integer, found: {type(value).__name__.title()}]"
        )
    return int(value)


def _read(body: str) -> dict[str, Any]:
    try:
        told = orjson.loads(body)
    except ValueError:
        raise ValidationError("Invalid response: it is not JSON") from None
    if not isinstance(told, dict):
        raise ValidationError("Invalid response: it is not an object")
    return told
