"""Lambda's limits, each with AWS's words. Pure."""

import orjson

from lambent.core.errors import ValidationFailed
from lambent.services.lambda_ import snap_start
from lambent.services.lambda_.errors import InvalidParameterValue, RequestEntityTooLarge
from lambent.services.lambda_.records import Configuration

CODE_SIZE_ZIPPED = 52_428_800
CODE_SIZE_UNZIPPED = 262_144_000
TOTAL_CODE_SIZE = 80_530_636_800
# AWS: 6 MiB; an asynchronous invoke may bring 1 MiB.
SYNCHRONOUS_PAYLOAD = 6_291_456
ASYNCHRONOUS_PAYLOAD = 1_048_576
# AWS: so much of the account's concurrency cannot be reserved.
UNRESERVED_CONCURRENCY = 100
PAGE = 50
_ENVIRONMENT_BYTES = 4096
_MOST_TAGS = 50

# The service model has newer, larger bounds for what Lambent does not offer.
_BOUNDS = (
    ("timeout", "timeout", 1, 900),
    ("memorySize", "memory_size", 128, 10_240),
    ("ephemeralStorage.size", "ephemeral_storage", 512, 10_240),
)

# AWS: of functions on capacity providers.
_MANAGED_BOUNDS = (*_BOUNDS[:1], ("memorySize", "memory_size", 2_048, 32_768), *_BOUNDS[2:])

_RESERVED_VARIABLES = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
)

# AWS: functions with these runtimes can no longer be created or updated.
_RETIRED_RUNTIMES = frozenset(
    {
        "custom",
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "go1.x",
        "java8",
        "nodejs",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "provided",
        "python2.7",
        "python3.6",
        "python3.7",
        "ruby2.5",
        "ruby2.7",
    }
)


def check_configuration(configuration: Configuration, *, runtime_is_new: bool) -> None:
    managed = configuration.capacity_provider is not None
    for name, member, least, most in _MANAGED_BOUNDS if managed else _BOUNDS:
        value = getattr(configuration, member)
        if not least <= value <= most:
            bound = (
                f"less than or equal to {most}"
                if value > most
                else (f"greater than or equal to {least}")
            )
            raise ValidationFailed(
                f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy"
                f" constraint: Member must have value {bound}"
            )
    if runtime_is_new and configuration.runtime in _RETIRED_RUNTIMES:
        raise InvalidParameterValue(
            f"The runtime parameter of {configuration.runtime} is no longer supported for"
            " creating or updating AWS Lambda functions. We recommend you use a supported"
            " runtime while creating or updating functions."
        )
    snap_start.check_configuration(configuration)
    if configuration.environment:
        _check_environment(configuration.environment)


def _check_environment(environment: dict[str, str]) -> None:
    reserved = sorted(_RESERVED_VARIABLES.intersection(environment))
    if reserved:
        raise InvalidParameterValue(
            "Lambda was unable to configure your environment variables because the environment"
            " variables you have provided contains reserved keys that are currently not supported"
            f" for modification. Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = orjson.dumps(environment).decode()
    if len(measured.encode()) > _ENVIRONMENT_BYTES:
        raise InvalidParameterValue(
            "Lambda was unable to configure your environment variables because the environment"
            " variables you have provided exceeded the 4KB limit."
            f" String measured: {measured}"
        )


def check_tags(tags: dict[str, str]) -> None:
    if len(tags) > _MOST_TAGS:
        raise InvalidParameterValue("Number of tags exceeds resource tag limit.")


def check_payload(payload: bytes, invocation_type: str) -> None:
    size = len(payload)
    if invocation_type == "Event" and size > ASYNCHRONOUS_PAYLOAD:
        raise RequestEntityTooLarge(
            f"{size} byte payload is too large for the Event invocation type"
            f" (limit {ASYNCHRONOUS_PAYLOAD} bytes)"
        )
    if size > SYNCHRONOUS_PAYLOAD:
        raise RequestEntityTooLarge(
            f"Request must be smaller than {SYNCHRONOUS_PAYLOAD} bytes for the InvokeFunction"
            " operation"
        )


def check_zipped_size(size: int, operation: str) -> None:
    """An upload within the request; a package in a bucket is bound by its unzipped size only."""
    if size > CODE_SIZE_ZIPPED:
        # AWS: the bound is said of the whole request, in which the package is base64.
        raise RequestEntityTooLarge(
            f"Request must be smaller than 70167211 bytes for the {operation} operation"
        )


def check_reserved_concurrency(asked: int, reserved_by_others: int, account_limit: int) -> None:
    least = min(UNRESERVED_CONCURRENCY, account_limit)
    if account_limit - reserved_by_others - asked < least:
        raise InvalidParameterValue(
            "Specified ReservedConcurrentExecutions for function decreases account's"
            f" UnreservedConcurrentExecution below its minimum value of [{least}]."
        )


def check_reserves_provisioned(asked: int, provisioned: int) -> None:
    if asked < provisioned:
        # AWS: with the two spaces.
        raise InvalidParameterValue(
            f"ReservedConcurrentExecutions  {asked} should not be lower than function's total"
            f" provisioned concurrency [{provisioned}]."
        )
