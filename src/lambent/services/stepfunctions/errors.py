"""The AWS error codes that Step Functions raises, in its words."""

from lambent.core.errors import ClientError, ValidationFailed

__all__ = ["ValidationFailed"]


class ActivityAlreadyExists(ClientError):
    code = "ActivityAlreadyExists"


class ActivityDoesNotExist(ClientError):
    code = "ActivityDoesNotExist"


class ConflictException(ClientError):
    code = "ConflictException"


class ExecutionAlreadyExists(ClientError):
    code = "ExecutionAlreadyExists"


class ExecutionDoesNotExist(ClientError):
    code = "ExecutionDoesNotExist"


class ExecutionNotRedrivable(ClientError):
    code = "ExecutionNotRedrivable"


class InvalidArn(ClientError):
    code = "InvalidArn"


class InvalidDefinition(ClientError):
    code = "InvalidDefinition"


class InvalidExecutionInput(ClientError):
    code = "InvalidExecutionInput"


class InvalidLoggingConfiguration(ClientError):
    code = "InvalidLoggingConfiguration"


class InvalidEncryptionConfiguration(ClientError):
    code = "InvalidEncryptionConfiguration"


class InvalidName(ClientError):
    code = "InvalidName"


class InvalidOutput(ClientError):
    code = "InvalidOutput"


class InvalidToken(ClientError):
    code = "InvalidToken"


class MissingRequiredParameter(ClientError):
    code = "MissingRequiredParameter"


class ResourceNotFound(ClientError):
    code = "ResourceNotFound"


class ServiceQuotaExceeded(ClientError):
    code = "ServiceQuotaExceededException"


class StateMachineAlreadyExists(ClientError):
    code = "StateMachineAlreadyExists"


class StateMachineDeleting(ClientError):
    code = "StateMachineDeleting"


class StateMachineDoesNotExist(ClientError):
    code = "StateMachineDoesNotExist"


class StateMachineTypeNotSupported(ClientError):
    code = "StateMachineTypeNotSupported"


class TaskDoesNotExist(ClientError):
    code = "TaskDoesNotExist"


class TaskTimedOut(ClientError):
    code = "TaskTimedOut"


class TooManyTags(ClientError):
    code = "TooManyTags"
