"""
A line for every request, as the stage words it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
"""

import logging
import re

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.apigatewayv2.context_variables import context_value
from lambent.services.apigatewayv2.records import Settings
from lambent.services.apigatewayv2.requests import ApiRequest, Outcome

_log = logging.getLogger(__name__)

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:[.:-][A-Za-z0-9_]+)*)")


def line(format_: str, request: ApiRequest, outcome: Outcome) -> str:
    """AWS: what nothing is known of is a dash."""
    return _VARIABLE.sub(lambda match: context_value(match[1], request, outcome) or "-", format_)


async def write(
    context: Context, settings: Settings, request: ApiRequest, outcome: Outcome
) -> None:
    """`context` is of the API's own place. AWS: no request fails because its line is lost."""
    caller = context.acting_as("apigateway.amazonaws.com")
    group = settings["DestinationArn"].split(":")[6]
    stream = {"logGroupName": group, "logStreamName": f"{request.live.api.id}/{request.live.stage}"}
    event = {
        "timestamp": int(context.clock.now() * 1000),
        "message": line(settings["Format"], request, outcome),
    }
    params = {**stream, "logEvents": [event]}
    try:
        try:
            await caller.call("logs", "PutLogEvents", params)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            await _create(caller, stream)
            await caller.call("logs", "PutLogEvents", params)
    except AwsError as error:
        _log.warning("a line of the access log %s is lost: %s", group, error)


async def _create(caller: Context, stream: dict[str, str]) -> None:
    try:
        await caller.call("logs", "CreateLogStream", stream)
    except AwsError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise
