"""What is wrong with a request before any service sees it, in AWS's words."""

from lambent.core.errors import ClientError


class Unreadable(Exception):
    """A value on the wire that is not what the model says; each protocol has its word for it."""


class SerializationFailed(ClientError):
    code = "SerializationException"


class MalformedInput(ClientError):
    """The query protocols' word for a value of the wrong type."""

    code = "MalformedInput"


class MalformedXml(ClientError):
    code = "MalformedXML"

    def __init__(self, reason: str = "") -> None:
        # AWS: S3 never says what is wrong with a document.
        super().__init__(
            "The XML you provided was not well-formed or did not validate against our published"
            " schema"
        )
        self.reason = reason


class InvalidArgument(ClientError):
    """S3's word for a header or query value that cannot be read."""

    code = "InvalidArgument"


class UnknownOperation(ClientError):
    code = "UnknownOperationException"
    status = 404


class InvalidAction(ClientError):
    code = "InvalidAction"


class MethodNotAllowed(ClientError):
    code = "MethodNotAllowed"
    status = 405


class ValidationError(ClientError):
    """The query services' ValidationException."""

    code = "ValidationError"


class MissingParameter(ClientError):
    code = "MissingParameter"
