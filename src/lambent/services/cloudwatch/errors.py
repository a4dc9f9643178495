"""The error codes that CloudWatch raises. All of them are 400 on the wire."""

from lambent.core import errors


class InvalidParameterValue(errors.ClientError):
    code = "InvalidParameterValue"


class InvalidParameterCombination(errors.ClientError):
    code = "InvalidParameterCombination"


class MissingParameter(errors.ClientError):
    code = "MissingParameter"


class InvalidNextToken(errors.ClientError):
    code = "InvalidNextToken"
