"""The errors of S3. Those that its model does not know have their status here."""

from lambent.core import errors
from lambent.wire.timestamps import http_date


class NoSuchBucket(errors.NotFound):
    code = "NoSuchBucket"

    def __init__(self, bucket: str) -> None:
        super().__init__("The specified bucket does not exist", members={"BucketName": bucket})


class NoSuchKey(errors.NotFound):
    code = "NoSuchKey"

    def __init__(self, key: str, marker: str | None = None) -> None:
        """`marker` is the version id of the delete marker that hides the object, if one does."""
        headers = {}
        if marker is not None:
            headers = {"x-amz-delete-marker": "true", "x-amz-version-id": marker}
        super().__init__("The specified key does not exist.", members={"Key": key}, headers=headers)


class NoSuchVersion(errors.NotFound):
    code = "NoSuchVersion"

    def __init__(self, key: str, version_id: str) -> None:
        super().__init__(
            "The specified version does not exist.",
            members={"Key": key, "VersionId": version_id},
        )


class NoSuchUpload(errors.NotFound):
    code = "NoSuchUpload"

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            "The specified upload does not exist. The upload ID may be invalid, or the upload may"
            " have been aborted or completed.",
            members={"UploadId": upload_id},
        )


class NoSuchConfiguration(errors.NotFound):
    """Given its own code and words by each configuration."""

    code = "NoSuchConfiguration"


class MethodNotAllowed(errors.ClientError):
    """Nothing can be done with a delete marker but delete it."""

    code = "MethodNotAllowed"
    status = 405

    def __init__(self, marker: str, marked_at: float) -> None:
        super().__init__(
            "The specified method is not allowed against this resource.",
            members={"ResourceType": "DeleteMarker"},
            headers={
                "x-amz-delete-marker": "true",
                "x-amz-version-id": marker,
                "Allow": "DELETE",
                "Last-Modified": http_date(marked_at),
            },
        )


class BucketAlreadyExists(errors.Conflict):
    code = "BucketAlreadyExists"


class BucketAlreadyOwnedByYou(errors.Conflict):
    code = "BucketAlreadyOwnedByYou"


class BucketNotEmpty(errors.Conflict):
    code = "BucketNotEmpty"


class AccessDenied(errors.AccessDenied):
    code = "AccessDenied"


class InvalidBucketName(errors.ClientError):
    code = "InvalidBucketName"


class IllegalLocationConstraint(errors.ClientError):
    code = "IllegalLocationConstraintException"


class InvalidLocationConstraint(errors.ClientError):
    code = "InvalidLocationConstraint"


class InvalidArgument(errors.ClientError):
    code = "InvalidArgument"


class InvalidRequest(errors.ClientError):
    code = "InvalidRequest"


class InvalidTag(errors.ClientError):
    code = "InvalidTag"


class KeyTooLong(errors.ClientError):
    code = "KeyTooLongError"


class MalformedXml(errors.ClientError):
    code = "MalformedXML"

    def __init__(self) -> None:
        super().__init__(
            "The XML you provided was not well-formed or did not validate against our published"
            " schema"
        )


class MalformedForm(errors.ClientError):
    code = "MalformedPOSTRequest"

    def __init__(self) -> None:
        super().__init__("The body of your POST request is not well-formed multipart/form-data.")


class FormTooLarge(errors.ClientError):
    code = "MaxPostPreDataLengthExceeded"

    def __init__(self) -> None:
        super().__init__("Your POST request fields preceding the upload file were too large.")


class InvalidPolicyDocument(errors.ClientError):
    code = "InvalidPolicyDocument"


class MalformedPolicy(errors.ClientError):
    code = "MalformedPolicy"


class BadDigest(errors.ClientError):
    code = "BadDigest"


class InvalidDigest(errors.ClientError):
    code = "InvalidDigest"


class EntityTooSmall(errors.ClientError):
    code = "EntityTooSmall"


class EntityTooLarge(errors.ClientError):
    code = "EntityTooLarge"


class InvalidPart(errors.ClientError):
    code = "InvalidPart"

    def __init__(self) -> None:
        super().__init__(
            "One or more of the specified parts could not be found.  The part may not have been"
            " uploaded, or the specified entity tag may not match the part's entity tag."
        )


class InvalidPartOrder(errors.ClientError):
    code = "InvalidPartOrder"

    def __init__(self) -> None:
        super().__init__(
            "The list of parts was not in ascending order. The parts list must be specified in"
            " order by part number."
        )


class InvalidRange(errors.ClientError):
    code = "InvalidRange"
    status = 416


class PreconditionFailed(errors.ClientError):
    code = "PreconditionFailed"
    status = 412

    def __init__(self, condition: str) -> None:
        super().__init__(
            "At least one of the pre-conditions you specified did not hold",
            members={"Condition": condition},
        )


class NotModified(errors.ClientError):
    code = "NotModified"
    status = 304


class InvalidBucketState(errors.Conflict):
    code = "InvalidBucketState"
