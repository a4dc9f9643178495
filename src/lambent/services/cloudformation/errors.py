"""The error codes of CloudFormation."""

from lambent.core import errors
from lambent.languages.templates.errors import TemplateInvalid


class ValidationError(TemplateInvalid):
    """CloudFormation's word for whatever is wrong with a request."""


class AlreadyExists(errors.ClientError):
    code = "AlreadyExistsException"


class InsufficientCapabilities(errors.ClientError):
    code = "InsufficientCapabilitiesException"


class ChangeSetNotFound(errors.NotFound):
    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(errors.ClientError):
    code = "InvalidChangeSetStatus"


class TransformFailed(ValidationError):
    """A macro could not make a template of what it was given."""
