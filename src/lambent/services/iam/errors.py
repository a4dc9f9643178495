"""The errors of IAM."""

from lambent.core import errors


class NoSuchEntity(errors.NotFound):
    code = "NoSuchEntity"


class EntityAlreadyExists(errors.Conflict):
    code = "EntityAlreadyExists"


class DeleteConflict(errors.Conflict):
    code = "DeleteConflict"


class LimitExceeded(errors.Conflict):
    code = "LimitExceeded"


class MalformedPolicyDocument(errors.ClientError):
    code = "MalformedPolicyDocument"


class InvalidInput(errors.ClientError):
    code = "InvalidInput"


class PolicyNotAttachable(errors.ClientError):
    code = "PolicyNotAttachable"


class UnmodifiableEntity(errors.ClientError):
    code = "UnmodifiableEntity"


class ValidationError(errors.ClientError):
    code = "ValidationError"
