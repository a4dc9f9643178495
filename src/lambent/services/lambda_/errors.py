"""The error codes that Lambda raises. AWS adds whose fault it is as `Type`."""

from collections.abc import Mapping
from typing import Any

from lambent.core import errors

_USER = {"Type": "User"}


class _LambdaError(errors.ClientError):
    def __init__(self, message: str = "", *, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, members={**_USER, **(members or {})})


class ResourceNotFound(_LambdaError):
    code = "ResourceNotFoundException"
    status = 404


class CodeSigningConfigNotFound(_LambdaError):
    code = "CodeSigningConfigNotFoundException"
    status = 404


class CodeVerificationFailed(_LambdaError):
    code = "CodeVerificationFailedException"


class RecursiveInvocation(_LambdaError):
    code = "RecursiveInvocationException"


class ResourceConflict(_LambdaError):
    code = "ResourceConflictException"
    status = 409


class ResourceInUse(_LambdaError):
    """An event source mapping that is on its way from one state to another."""

    code = "ResourceInUseException"


class ProvisionedConcurrencyConfigNotFound(_LambdaError):
    code = "ProvisionedConcurrencyConfigNotFoundException"
    status = 404


class InvalidParameterValue(_LambdaError):
    code = "InvalidParameterValueException"


class InvalidRequestContent(_LambdaError):
    code = "InvalidRequestContentException"


class PreconditionFailed(_LambdaError):
    code = "PreconditionFailedException"
    status = 412


class RequestEntityTooLarge(_LambdaError):
    # AWS: the model says RequestTooLargeException; clients are sent this code.
    code = "RequestEntityTooLargeException"
    status = 413


class CodeArtifactUserPending(_LambdaError):
    code = "CodeArtifactUserPendingException"
    status = 409


class PolicyLengthExceeded(_LambdaError):
    code = "PolicyLengthExceededException"


class AccessDenied(_LambdaError):
    code = "AccessDeniedException"
    status = 403


class DurableExecutionAlreadyStarted(_LambdaError):
    code = "DurableExecutionAlreadyStartedException"
    status = 409


class CallbackTimeout(_LambdaError):
    code = "CallbackTimeoutException"


class ServiceFault(errors.ServerFault):
    code = "ServiceException"


class TooManyRequests(_LambdaError):
    """`reason` is one of AWS's ThrottleReason."""

    code = "TooManyRequestsException"
    status = 429

    def __init__(self, reason: str) -> None:
        super().__init__("Rate Exceeded.", members={"Reason": reason})
