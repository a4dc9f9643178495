"""The errors of SNS."""

from lambent.core import errors


class InvalidParameter(errors.ClientError):
    """AWS: the words begin with 'Invalid parameter: '."""

    code = "InvalidParameter"

    def __init__(self, what: str) -> None:
        super().__init__(f"Invalid parameter: {what}")


class InvalidParameterValue(errors.ClientError):
    """What is wrong with a message's attributes."""

    code = "ParameterValueInvalid"


class NotFound(errors.NotFound):
    code = "NotFound"


class ResourceNotFound(errors.NotFound):
    code = "ResourceNotFound"


class AuthorizationError(errors.AccessDenied):
    code = "AuthorizationError"


class TagLimitExceeded(errors.ClientError):
    code = "TagLimitExceeded"


class FilterPolicyLimitExceeded(errors.ClientError):
    code = "FilterPolicyLimitExceeded"
    status = 403


class EmptyBatchRequest(errors.ClientError):
    code = "EmptyBatchRequest"


class TooManyEntriesInBatchRequest(errors.ClientError):
    code = "TooManyEntriesInBatchRequest"


class BatchEntryIdsNotDistinct(errors.ClientError):
    code = "BatchEntryIdsNotDistinct"


class InvalidBatchEntryId(errors.ClientError):
    code = "InvalidBatchEntryId"


class BatchRequestTooLong(errors.ClientError):
    code = "BatchRequestTooLong"
