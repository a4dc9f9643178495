"""What is wrong with a pattern, and which of its values it is."""

from typing import Literal

Moment = Literal["", "value", "text", "end"]


class PatternInvalid(Exception):
    """
    `reason` is in AWS's words; each service puts its own before them.

    AWS says how far its reader had come: past the beginning of the `value` at `path`, past all of
    its `text`, or past its `end`; for some reasons it says nothing. It says so `times`: an error
    in a list of anything-but passes two hands.
    """

    def __init__(self, reason: str, moment: Moment = "value", *, times: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.moment = moment
        self.times = times
        self.path: tuple[str | int, ...] = ()

    def within(self, key: str | int) -> "PatternInvalid":
        """The same, seen from the value around."""
        self.path = (key, *self.path)
        return self
