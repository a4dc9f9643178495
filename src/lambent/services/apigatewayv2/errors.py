"""The errors of API Gateway's second version."""

from lambent.core import errors


class NotFound(errors.NotFound):
    code = "NotFoundException"


class Conflict(errors.Conflict):
    code = "ConflictException"


class BadRequest(errors.ClientError):
    code = "BadRequestException"
