"""
Failures of validation as sentences, and as the error that each service makes of them.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from lambent.core.errors import AwsError, ValidationFailed
from lambent.wire.errors import InvalidArgument, MalformedXml, MissingParameter, ValidationError
from lambent.wire.model import OperationModel

# The path from here, the value, the constraint in AWS's words.
Failure = tuple[str, Any, str]
_MAXIMUM_SHOWN = 4096
_WORD = re.compile(r"\w+")
# A long list of bad elements is counted whole, and told so far.
_MOST_TOLD = 20


class _Hidden:
    """Stands for a sensitive value, which AWS does not repeat."""


HIDDEN = _Hidden()


def shown(value: Any) -> str:
    """A value as Java would print it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray, memoryview)):
        size = len(value)
        return f"java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return str(value)


def _sentence(failure: Failure) -> str:
    path, value, words = failure
    if value is HIDDEN:
        given = "Value"
    elif value is None:
        given = "Value null"
    else:
        given = f"Value '{shown(value)[:_MAXIMUM_SHOWN]}'"
    return f"{given} at '{path}' failed to satisfy constraint: {words}"


def constraint_message(failures: list[Failure]) -> str:
    """ "2 validation errors detected: …; …" """
    plural = "s" if len(failures) > 1 else ""
    sentences = "; ".join(_sentence(failure) for failure in failures[:_MOST_TOLD])
    return f"{len(failures)} validation error{plural} detected: {sentences}"


def _sqs_error(of: OperationModel, failures: list[Failure]) -> AwsError:
    path, value, words = failures[0]
    if value is None:
        name = ".".join(part[:1].upper() + part[1:] for part in path.split("."))
        return MissingParameter(f"The request must contain the parameter {name}.")
    if path.lower().endswith(("attributes", "attributenames")):
        allowed = set(_WORD.findall(words))
        unknown = next((str(name) for name in value if name not in allowed), shown(value))
        return ValidationFailed(f"Unknown Attribute {unknown}.", code="InvalidAttributeName")
    return ValidationFailed(constraint_message(failures))


def _cloudwatch_error(of: OperationModel, failures: list[Failure]) -> AwsError:
    path, value, _ = failures[0]
    if value is None:
        name = ".".join(part[:1].upper() + part[1:] for part in path.split("."))
        return MissingParameter(f"The parameter {name} is required.")
    return ValidationError(constraint_message(failures))


_S3_WORDS = {
    "locationConstraint": (
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid",
    ),
    "storageClass": ("InvalidStorageClass", "The storage class you specified is not valid"),
}


def _s3_error(of: OperationModel, failures: list[Failure]) -> AwsError:
    path, value, words = failures[0]
    own = _S3_WORDS.get(path.rpartition(".")[2])
    if own is not None and value is not None:
        return InvalidArgument(own[1], code=own[0])
    if "." in path or path in {"tagging", "delete"}:
        return MalformedXml(words)
    if value is None:
        body = None if of.input_shape is None else of.input_shape.payload
        if body is not None and body[:1].lower() + body[1:] == path:
            return InvalidArgument("Request Body is empty", code="MissingRequestBodyError")
        return InvalidArgument(f"The request must contain the parameter {path}.")
    return InvalidArgument(f"Invalid value for {path}: {shown(value)}")


_OWN_WORDS: dict[str, Callable[[OperationModel, list[Failure]], AwsError]] = {
    "sqs": _sqs_error,
    "cloudwatch": _cloudwatch_error,
    "s3": _s3_error,
}
_OWN_CODES = {
    "apigateway": "BadRequestException",
    "apigatewayv2": "BadRequestException",
    "xray": "InvalidRequestException",
}


def validation_error(of: OperationModel, failures: list[Failure]) -> AwsError:
    service = of.service
    own = _OWN_WORDS.get(service.name)
    if own is not None:
        return own(of, failures)
    message = constraint_message(failures)
    if service.name in _OWN_CODES:
        return ValidationFailed(message, code=_OWN_CODES[service.name])
    if {"query", "ec2"} & set(service.protocols):
        return ValidationError(message)
    return ValidationFailed(message)
