"""The paths of JSONPath states: into the data ($), the context object ($$), a variable ($name)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lambent.languages.asl.data import Data
from lambent.languages.asl.failures import runtime
from lambent.languages.asl.scope import Scope
from lambent.languages.jsonpath import MISSING, Path, TooMuch, compile_path
from lambent.languages.regular_expressions import TooSlow

Find = Callable[[Scope, Data], Any]


@dataclass(frozen=True, slots=True)
class PathExpression:
    text: str
    path: Path
    find: Find
    """The value, or MISSING."""

    @property
    def is_identity(self) -> bool:
        return self.text == "$"


@lru_cache(maxsize=4096)
def compile_path_expression(text: str) -> PathExpression:
    """Raises InvalidPath."""
    path = compile_path(text)
    find = path.find if path.definite else _in_time(text, path.find)
    if path.root == "$":
        return PathExpression(text, path, lambda scope, data: find(data.value))
    if path.root == "$$":
        return PathExpression(text, path, lambda scope, data: find(scope.context))
    name = path.root[1:]

    def find_in_variable(scope: Scope, data: Data) -> Any:
        value = scope.variables.get(name, MISSING)
        return MISSING if value is MISSING else find(value)

    return PathExpression(text, path, find_in_variable)


def _in_time(text: str, find: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def find_in_time(value: Any) -> Any:
        try:
            return find(value)
        except (TooSlow, TooMuch):
            raise runtime(f"The path '{text}' takes too long to evaluate.") from None

    return find_in_time
