"""What is wrong with a pattern."""


class PatternInvalid(Exception):
    """`reason` is in AWS's words; each service puts its own before them."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
