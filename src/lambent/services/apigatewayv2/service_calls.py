"""
Calls of AWS services that a route makes without a function between.

What comes back is the service's own answer, in the JSON that its clients get.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.apigatewayv2.deployed import Integration
from lambent.services.apigatewayv2.replies import Refused
from lambent.services.apigatewayv2.requests import ApiRequest
from lambent.services.apigatewayv2.subtypes import SUBTYPES, Subtype
from lambent.wire.codec import codec
from lambent.wire.errors import Unreadable
from lambent.wire.messages import HttpReply
from lambent.wire.model import Shape, service_model
from lambent.wire.timestamps import read_timestamp

# As seconds it would be the year 5138.
_MILLISECONDS = 1e11


async def call_service(
    context: Context, request: ApiRequest, integration: Integration
) -> HttpReply:
    """`context` is of the API's own place. Raises Refused for parameters that make no call."""
    subtype = SUBTYPES[integration.settings["IntegrationSubtype"]]
    service = subtype.service or ""
    coder = codec(service, subtype.operation, "json")
    values = {
        name: found
        for name, value in integration.parameters.items()
        if (found := value(request, None)) is not None
    }
    caller = context.acting_as(integration.settings["CredentialsArn"])
    region = values.pop("Region", context.region)
    try:
        params = service_params(subtype, values)
        reply = await caller.at(caller.account, region).call(service, subtype.operation, params)
        answer = coder.write(reply, request.id)
    except AwsError as error:
        answer = coder.write_error(error, request.id)
    headers = [(name.lower(), value) for name, value in answer.headers]
    return HttpReply(answer.status, headers, answer.body)


def service_params(subtype: Subtype, values: Mapping[str, str]) -> dict[str, Any]:
    """Texts as the operation wants them. Raises Refused."""
    shape = service_model(subtype.service or "").operations[subtype.operation].input_shape
    assert shape is not None
    if subtype.entries:
        entry = shape.members[subtype.entries].member
        return {subtype.entries: [_members(entry, values)]}
    return _members(shape, values)


def _members(shape: Shape, values: Mapping[str, str]) -> dict[str, Any]:
    names = {name.lower(): name for name in shape.members}
    return {
        names[name.lower()]: _value(shape.members[names[name.lower()]], name, text)
        for name, text in values.items()
    }


def _value(shape: Shape, name: str, text: str) -> Any:
    try:
        match shape.type:
            case "integer" | "long":
                return int(text)
            case "timestamp":
                return _time(text)
            case "blob":
                return text.encode()
            case "list" | "map" | "structure":
                return orjson.loads(text)
    except (ValueError, Unreadable):
        raise Refused(400, "Bad Request", reason=f"{name} is not what it must be") from None
    return text


def _time(text: str) -> float:
    """AWS: milliseconds as well, as `$context.requestTimeEpoch` has them."""
    seconds = read_timestamp(text)
    return seconds / 1000 if seconds >= _MILLISECONDS else seconds
