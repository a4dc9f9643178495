"""
What API Gateway itself answers when a request does not reach its integration. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.records import Document

_TEMPLATE = '{"message":$context.error.messageString}'
_PARAMETER = re.compile(r"gatewayresponse\.header\.[^\s]+")


@dataclass(frozen=True, slots=True)
class ResponseType:
    """`status` is 0 where it depends on what happened."""

    status: int
    # What x-amzn-errortype says.
    error: str
    message: str = ""


TYPES: Mapping[str, ResponseType] = {
    "ACCESS_DENIED": ResponseType(403, "AccessDeniedException", "Forbidden"),
    "API_CONFIGURATION_ERROR": ResponseType(
        500, "InternalServerErrorException", "Internal server error"
    ),
    "AUTHORIZER_CONFIGURATION_ERROR": ResponseType(
        500, "InternalServerErrorException", "Internal server error"
    ),
    "AUTHORIZER_FAILURE": ResponseType(
        500, "AuthorizerConfigurationException", "Internal server error"
    ),
    "BAD_REQUEST_BODY": ResponseType(400, "BadRequestException", "Invalid request body"),
    "BAD_REQUEST_PARAMETERS": ResponseType(400, "BadRequestException"),
    "DEFAULT_4XX": ResponseType(0, "BadRequestException"),
    "DEFAULT_5XX": ResponseType(0, "InternalServerErrorException"),
    "EXPIRED_TOKEN": ResponseType(403, "ExpiredTokenException"),
    "INTEGRATION_FAILURE": ResponseType(
        504, "InternalServerErrorException", "Network error communicating with endpoint"
    ),
    "INTEGRATION_TIMEOUT": ResponseType(
        504, "InternalServerErrorException", "Endpoint request timed out"
    ),
    "INVALID_API_KEY": ResponseType(403, "ForbiddenException", "Forbidden"),
    "INVALID_SIGNATURE": ResponseType(403, "InvalidSignatureException"),
    "MISSING_AUTHENTICATION_TOKEN": ResponseType(
        403, "MissingAuthenticationTokenException", "Missing Authentication Token"
    ),
    "QUOTA_EXCEEDED": ResponseType(429, "LimitExceededException", "Limit Exceeded"),
    "REQUEST_TOO_LARGE": ResponseType(413, "RequestTooLargeException", "Request Too Long"),
    "RESOURCE_NOT_FOUND": ResponseType(404, "NotFoundException", "Not Found"),
    "THROTTLED": ResponseType(429, "TooManyRequestsException", "Too Many Requests"),
    "UNAUTHORIZED": ResponseType(401, "UnauthorizedException", "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": ResponseType(415, "BadRequestException", "Unsupported Media Type"),
    "WAF_FILTERED": ResponseType(403, "ForbiddenException", "Forbidden"),
}


def default(kind: str) -> Document:
    return {
        "responseType": kind,
        "responseParameters": {},
        "responseTemplates": {"application/json": _TEMPLATE},
        "defaultResponse": True,
    }


def check(document: Document) -> None:
    status = document.get("statusCode", "400")
    if not re.fullmatch(r"[1-5]\d\d", status):
        raise BadRequest(f"Invalid status code specified: {status}")
    for name in document.get("responseParameters", {}):
        if not _PARAMETER.fullmatch(name):
            raise BadRequest(f"Invalid mapping expression parameter specified: {name}")
