"""What the languages of DynamoDB raise."""


class ExpressionRefused(Exception):
    """The whole message that DynamoDB puts into its ValidationException."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
