"""The errors of API Gateway."""

from lambent.core import errors


class BadRequest(errors.ClientError):
    code = "BadRequestException"


class Conflict(errors.Conflict):
    code = "ConflictException"


class LimitExceeded(errors.Throttled):
    code = "LimitExceededException"


class PartNotFound(errors.NotFound):
    code = "NotFoundException"
