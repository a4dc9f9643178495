"""Universal targets: any operation, with the JSON of Input as its params."""

import json
from collections.abc import Mapping
from typing import Any

from lambent.core.arn import Arn
from lambent.services.scheduler.errors import ValidationFailed
from lambent.targets import ApiCall, sdk_operation
from lambent.wire.errors import Unreadable
from lambent.wire.model import Shape, UnknownModel, service_model
from lambent.wire.timestamps import read_timestamp

# AWS: operations that only read cannot be targets.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
_READ_ONLY = (
    "get",
    "describe",
    "list",
    "poll",
    "receive",
    "search",
    "scan",
    "query",
    "select",
    "read",
    "lookup",
    "discover",
    "validate",
    "batchGet",
    "batchDescribe",
    "batchRead",
    "transactGet",
    "adminGet",
    "adminList",
    "testMigration",
    "retrieve",
    "testConnection",
    "translateDocument",
    "isAuthorized",
    "invokeModel",
)


def check_universal(arn: Arn) -> None:
    """Whether AWS has the operation, and it may be a target."""
    service, operation = sdk_operation(arn)
    action = arn.resource.rsplit(":", 1)[1]
    try:
        known = operation in service_model(service).operations
    except UnknownModel:
        known = False
    if not known or action.startswith(_READ_ONLY):
        raise ValidationFailed(
            f"Invalid RequestJson provided. Reason: {arn} is not a supported target."
        )


def with_model_names(call: ApiCall) -> ApiCall:
    """
    The call with its params spelt and typed as the operation's model has them.

    Input may name `StateMachineArn` where the model says `stateMachineArn`; JSON has no blobs
    and no times, so they are read from text.
    """
    shape = service_model(call.service).operations[call.operation].input_shape
    if shape is None:
        return call
    return ApiCall(call.service, call.operation, _converted(shape, call.params), call.region)


def _converted(shape: Shape, value: Any) -> Any:
    match shape.type:
        case "structure" if isinstance(value, Mapping):
            return _structure(shape, value)
        case "list" if isinstance(value, list):
            return [_converted(shape.member, each) for each in value]
        case "map" if isinstance(value, Mapping):
            return {key: _converted(shape.value, each) for key, each in value.items()}
        case "blob":
            return (value if isinstance(value, str) else json.dumps(value)).encode()
        case "timestamp":
            return _timestamp(value)
        case "string" if isinstance(value, dict | list):
            return json.dumps(value)
        case _:
            return value


def _structure(shape: Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    names = {name.lower(): name for name in shape.members}
    converted = {}
    for given, each in value.items():
        name = given if given in shape.members else names.get(given.lower(), given)
        member = shape.members.get(name)
        # As on the wire: what the operation does not know, and null, is as good as nothing.
        if member is not None and each is not None:
            converted[name] = _converted(member, each)
    return converted


def _timestamp(value: Any) -> Any:
    try:
        return read_timestamp(value)
    except Unreadable:
        return value
