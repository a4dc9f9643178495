"""The errors of SQS."""

from lambent.core import errors


class QueueDoesNotExist(errors.ClientError):
    code = "QueueDoesNotExist"


class InvalidAddress(errors.ClientError):
    code = "InvalidAddress"


class QueueNameExists(errors.ClientError):
    code = "QueueNameExists"


class InvalidAttributeName(errors.ClientError):
    code = "InvalidAttributeName"


class InvalidAttributeValue(errors.ClientError):
    code = "InvalidAttributeValue"


class InvalidParameterValue(errors.ClientError):
    code = "InvalidParameterValue"


class MissingParameter(errors.ClientError):
    code = "MissingParameter"


class InvalidMessageContents(errors.ClientError):
    code = "InvalidMessageContents"


class ReceiptHandleIsInvalid(errors.ClientError):
    code = "ReceiptHandleIsInvalid"


class OverLimit(errors.ClientError):
    code = "OverLimit"


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


class ResourceNotFound(errors.ClientError):
    code = "ResourceNotFoundException"


class UnsupportedOperation(errors.ClientError):
    code = "UnsupportedOperation"
