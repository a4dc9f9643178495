"""ResultPath: putting a result into a state's raw input."""

from typing import Any

from lambent.languages.asl.data import Data
from lambent.languages.asl.failures import StateFailed
from lambent.languages.asl.scope import Scope
from lambent.languages.asl.templates import Render
from lambent.languages.jsonpath import compile_path


def compile_result_path(text: str | None) -> Render | None:
    """None (null) keeps the input and drops the result; "$" keeps the result alone."""
    if text == "$":
        return None
    if text is None:
        return lambda scope, data: scope.input
    keys = compile_path(text).keys()

    def put(scope: Scope, data: Data) -> Data:
        return Data(value=_put(scope.input, text, keys, data.value))

    return put


def _put(raw: Data, text: str, keys: list[str | int], result: Any) -> Any:
    """A copy of the input along the path; the rest is shared."""
    # AWS: where the input is not an object, there is no place for the result in it.
    root: Any = raw.value
    if not isinstance(root, dict) and isinstance(keys[0], str):
        raise _mismatch(raw, text)
    copy = {"": root}
    place: Any = copy
    key: str | int = ""
    for following in keys:
        current = place[key]
        if isinstance(following, str):
            # AWS: what stands in the way inside the object is replaced by an object.
            place[key] = dict(current) if isinstance(current, dict) else {}
            place[key].setdefault(following, None)
        else:
            if not isinstance(current, list) or not 0 <= following < len(current):
                raise _mismatch(raw, text)
            place[key] = list(current)
        place, key = place[key], following
    place[key] = result
    return copy[""]


def _mismatch(raw: Data, text: str) -> StateFailed:
    # AWS: neither States.ResultPathMatchFailure nor with the sentence that others have.
    return StateFailed(
        "States.ReferencePathConflict",
        f"Unable to apply ReferencePath {text} to input {raw.text}",
        explained=False,
    )
