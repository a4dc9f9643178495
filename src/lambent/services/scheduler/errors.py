"""The errors of EventBridge Scheduler."""

from lambent.core import errors


class ResourceNotFound(errors.NotFound):
    code = "ResourceNotFoundException"


class AlreadyExists(errors.Conflict):
    code = "ConflictException"


class ValidationFailed(errors.ValidationFailed):
    code = "ValidationException"


class ServiceQuotaExceeded(errors.ClientError):
    code = "ServiceQuotaExceededException"
    status = 402
