"""The error codes that CloudWatch Logs raises. All of them are 400 on the wire."""

from lambent.core import errors


class ResourceNotFound(errors.ClientError):
    code = "ResourceNotFoundException"


class ResourceAlreadyExists(errors.ClientError):
    code = "ResourceAlreadyExistsException"


class InvalidParameter(errors.ClientError):
    code = "InvalidParameterException"


class TooManyTags(errors.ClientError):
    code = "TooManyTagsException"
