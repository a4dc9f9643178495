"""The errors of STS."""

from lambent.core import errors


class AccessDenied(errors.AccessDenied):
    code = "AccessDenied"


class MalformedPolicyDocument(errors.ClientError):
    code = "MalformedPolicyDocument"


class ValidationError(errors.ClientError):
    code = "ValidationError"
