"""The errors of DynamoDB."""

from lambent.core import errors


class ResourceNotFound(errors.NotFound):
    code = "ResourceNotFoundException"
    # AWS: as every mistake of a caller here.
    status = 400


class ResourceInUse(errors.ClientError):
    code = "ResourceInUseException"


class TableNotFound(errors.NotFound):
    code = "TableNotFoundException"
    status = 400


class LimitExceeded(errors.ClientError):
    code = "LimitExceededException"


class ConditionalCheckFailed(errors.ClientError):
    code = "ConditionalCheckFailedException"


class DuplicateItem(errors.ClientError):
    code = "DuplicateItemException"


class TransactionCanceled(errors.ClientError):
    code = "TransactionCanceledException"


class IdempotentParameterMismatch(errors.ClientError):
    code = "IdempotentParameterMismatchException"


class ItemCollectionSizeLimitExceeded(errors.ClientError):
    code = "ItemCollectionSizeLimitExceededException"


class BackupNotFound(errors.ClientError):
    code = "BackupNotFoundException"


class BackupInUse(errors.ClientError):
    code = "BackupInUseException"


class TableAlreadyExists(errors.ClientError):
    code = "TableAlreadyExistsException"


class ContinuousBackupsUnavailable(errors.ClientError):
    code = "ContinuousBackupsUnavailableException"


class PointInTimeRecoveryUnavailable(errors.ClientError):
    code = "PointInTimeRecoveryUnavailableException"


class InvalidRestoreTime(errors.ClientError):
    code = "InvalidRestoreTimeException"


class InvalidExportTime(errors.ClientError):
    code = "InvalidExportTimeException"


class ExportNotFound(errors.ClientError):
    code = "ExportNotFoundException"


class ImportNotFound(errors.ClientError):
    code = "ImportNotFoundException"


class PolicyNotFound(errors.ClientError):
    code = "PolicyNotFoundException"


class TrimmedDataAccess(errors.ClientError):
    code = "TrimmedDataAccessException"


class ExpiredIterator(errors.ClientError):
    code = "ExpiredIteratorException"
