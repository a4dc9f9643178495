"""
The errors that clients see, and the one that they never should.

AwsError                    an answer with AWS's code and words
├── ClientError             400: what was asked is wrong
│   ├── NotFound            404 (protocols without an error trait use it as it stands)
│   ├── Conflict            409
│   ├── AccessDenied        403
│   ├── Throttled           429
│   └── ValidationFailed    400, code ValidationException
├── ServerFault             500: AWS's own fault, said in AWS's words
└── NotSupported            501: an operation or option of AWS that Lambent does not have
Impossible                  a broken promise of our own; loud, becomes a 500
"""

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """
    An error as AWS gives it. `members` are the further members of its modelled shape; `headers`
    what S3 says in headers that no shape knows.
    """

    code = "InternalFailure"
    status = 500

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.members: Mapping[str, Any] = members or {}
        self.headers: Mapping[str, str] = headers or {}


class ClientError(AwsError):
    code = "BadRequest"
    status = 400


class NotFound(ClientError):
    code = "ResourceNotFoundException"
    status = 404


class Conflict(ClientError):
    code = "ConflictException"
    status = 409


class AccessDenied(ClientError):
    code = "AccessDeniedException"
    status = 403


class Throttled(ClientError):
    code = "ThrottlingException"
    status = 429


class ValidationFailed(ClientError):
    code = "ValidationException"
    status = 400


class ServerFault(AwsError):
    code = "InternalFailure"
    status = 500


class NotSupported(AwsError):
    """Said plainly, never a silent success. The code is ours: AWS has no word for it."""

    code = "NotSupportedByLambent"
    status = 501


class Impossible(Exception):
    """Something that our own rules exclude has happened."""
