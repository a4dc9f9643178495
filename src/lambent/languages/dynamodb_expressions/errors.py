"""What the languages of DynamoDB raise."""


class ExpressionRefused(Exception):
    """The message that DynamoDB puts into its ValidationException: the request itself is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UpdateRefused(ExpressionRefused):
    """What an update is refused for when it meets the item; the request alone did not show it."""
