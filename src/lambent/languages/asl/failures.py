"""How a state fails: the error names of the language, and AWS's words for them."""

# The end of the error's name where a task needs what Lambent does not have, though AWS has it.
NOT_SUPPORTED = ".NotSupportedByLambent"


class StateFailed(Exception):
    """
    A state cannot go on. Retry and Catch see `error` and `cause`, unless it is `fatal`.

    `explained` causes get AWS's sentence "An error occurred while executing the state …" put
    before them; what a task's resource or a Fail state says does not.
    """

    def __init__(
        self,
        error: str | None,
        cause: str | None,
        *,
        fatal: bool = False,
        location: str | None = None,
        explained: bool = True,
        also: str | None = None,
    ) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = _unicode(error)
        self.cause = _unicode(cause)
        self.fatal = fatal
        self.location = location
        """Of a failed JSONata evaluation: the field, as in Arguments/Input/id."""
        self.explained = explained
        self.also = also
        """A second name under which Retry and Catch know it."""


def _unicode(text: str | None) -> str | None:
    """AWS: Java writes half a surrogate pair as a question mark."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()


def runtime(cause: str) -> StateFailed:
    """States.Runtime: nothing catches it, the execution fails."""
    return StateFailed("States.Runtime", cause, fatal=True)


def query_failed(location: str, cause: str) -> StateFailed:
    return StateFailed("States.QueryEvaluationError", cause, location=location)


def intrinsic_failed(call: str, problem: str) -> StateFailed:
    return StateFailed(
        "States.IntrinsicFailure", f"The function '{call}' had the following error: {problem}"
    )


def too_large(what: str) -> StateFailed:
    return StateFailed(
        "States.DataLimitExceeded",
        f"The state/task '{what}' returned a result with a size exceeding the maximum number of"
        " bytes service limit.",
        explained=False,
    )
