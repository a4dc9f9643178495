"""The errors of EventBridge. AWS: every one of them is a 400."""

from lambent.core import errors


class ResourceNotFound(errors.NotFound):
    code = "ResourceNotFoundException"
    status = 400


class ResourceAlreadyExists(errors.ClientError):
    code = "ResourceAlreadyExistsException"


class ValidationFailed(errors.ValidationFailed):
    code = "ValidationException"


class InvalidEventPattern(errors.ClientError):
    """AWS: whatever is wrong, the words begin alike."""

    code = "InvalidEventPatternException"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Event pattern is not valid. Reason: {reason}")


class LimitExceeded(errors.ClientError):
    code = "LimitExceededException"

    def __init__(self) -> None:
        super().__init__("The requested resource exceeds the maximum number allowed.")


class ManagedRule(errors.ClientError):
    code = "ManagedRuleException"

    def __init__(self, rule: str, managed_by: str) -> None:
        super().__init__(f"Rule {rule} is managed by {managed_by} and cannot be modified.")


class IllegalStatus(errors.ClientError):
    code = "IllegalStatusException"


class PolicyLengthExceeded(errors.ClientError):
    code = "PolicyLengthExceededException"


def is_not_valid(parameter: str, reason: str) -> ValidationFailed:
    return ValidationFailed(f"Parameter {parameter} is not valid. Reason: {reason}")


class DeliveryFailed(errors.AwsError):
    """
    What a target never answered. `dead_letter_code` is what a dead letter calls it.

    `retry_after` is how long the target asks to be left alone.
    """

    code = "DeliveryFailed"

    def __init__(
        self,
        message: str,
        dead_letter_code: str,
        *,
        later: bool = False,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.dead_letter_code = dead_letter_code
        self.retry_after = retry_after
        self.status = 500 if later else 400
