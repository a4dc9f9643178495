"""The error codes that X-Ray raises."""

from lambent.core import errors


class InvalidRequest(errors.ClientError):
    code = "InvalidRequestException"


class RuleLimitExceeded(errors.ClientError):
    code = "RuleLimitExceededException"
