"""
What the model says of params, checked with AWS's words.

One closure a shape, made on first use. A check answers None, or a list of failures whose paths
the shapes above complete: what is right costs no path.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from lambent.wire.constraints import (
    INTEGER_BOUNDS,
    NOT_NULL,
    PYTHON_TYPES,
    all_words,
    constraints_of,
    mismatch,
)
from lambent.wire.model import OperationModel, Shape, operation
from lambent.wire.validation_errors import HIDDEN, Failure, validation_error

Check = Callable[[Any], list[Failure] | None]
Checker = Callable[[Mapping[str, Any]], None]


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


class _Checks:
    """The checks of one operation's shapes."""

    def __init__(self) -> None:
        self._structures: dict[str, Check] = {}

    def check(self, shape: Shape) -> Check:
        if shape.is_document:
            return _accept
        if shape.type == "blob" and shape.is_streaming:
            return _streamed(shape)
        match shape.type:
            case "structure":
                return self._structure(shape)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
        return _scalar(shape)

    def _structure(self, shape: Shape) -> Check:
        made = self._structures.get(shape.name)
        if made is not None:
            return made
        required = tuple(shape.required_members)
        # Each with the type that needs no check at all, where there is one.
        members: dict[str, tuple[type | None, Check]] = {}
        find = members.get
        # A member's place in the model is its place in the message.
        order = {name: position for position, name in enumerate(shape.members)}

        def check(value: Any) -> list[Failure] | None:
            if type(value) is not dict and not isinstance(value, Mapping):
                raise mismatch(shape, value)
            found: list[tuple[int, list[Failure]]] | None = None
            for name in required:
                if value.get(name) is None:
                    found = found or []
                    found.append((order[name], [(lower_first(name), None, NOT_NULL)]))
            for name, item in value.items():
                member = find(name)
                if member is None or item is None:
                    continue
                exact, check_member = member
                if type(item) is exact:
                    continue
                failures = check_member(item)
                if failures:
                    found = found or []
                    found.append((order[name], _below(lower_first(name), failures)))
            if found is None:
                return None
            found.sort(key=lambda entry: entry[0])
            return [failure for _, failures in found for failure in failures]

        self._structures[shape.name] = check
        for name, member in shape.members.items():
            member_check = self.check(member)
            if member_check is not _accept:
                members[name] = (_unconstrained(member), member_check)
        return check

    def _list(self, shape: Shape) -> Check:
        element = shape.member
        own = constraints_of(shape)
        element_check = self.check(element)
        element_words = all_words(element)
        is_hidden = bool(element.traits.get("sensitive") or shape.traits.get("sensitive"))
        sparse = bool(shape.traits.get("sparse"))

        def check(value: Any) -> list[Failure] | None:
            if type(value) is not list and not isinstance(value, (list, tuple)):
                raise mismatch(shape, value)
            found: list[Failure] = [("", value, words) for words, fails in own if fails(value)]
            said = False
            for position, item in enumerate(value, 1):
                if item is None:
                    if not sparse:
                        found.append((f"{position}.member", None, NOT_NULL))
                    continue
                failures = element_check(item)
                if not failures:
                    continue
                inner = [failure for failure in failures if failure[0]]
                found.extend(_below(f"{position}.member", inner))
                if len(inner) < len(failures) and not said:
                    # AWS: what is wrong with elements themselves is said once, of the list.
                    said = True
                    found.append(
                        (
                            "",
                            HIDDEN if is_hidden else value,
                            f"Member must satisfy constraint: [{element_words}]",
                        )
                    )
            return found or None

        return check

    def _map(self, shape: Shape) -> Check:
        own = constraints_of(shape)
        key_check = _scalar(shape.key)
        key_exact = _unconstrained(shape.key)
        key_words = all_words(shape.key)
        value_shape = shape.value
        value_words = all_words(value_shape)
        value_check: Check | None = None
        sensitive = (shape, shape.key, value_shape)
        is_hidden = any(part.traits.get("sensitive") for part in sensitive)

        def check(value: Any) -> list[Failure] | None:
            nonlocal value_check
            if value_check is None:
                value_check = self.check(value_shape)
            if type(value) is not dict and not isinstance(value, Mapping):
                raise mismatch(shape, value)
            whole: Any = HIDDEN if is_hidden else value
            found: list[Failure] = [("", whole, words) for words, fails in own if fails(value)]
            if key_exact is not str and any(key_check(key) for key in value):
                found.append(("", whole, f"Map keys must satisfy constraint: [{key_words}]"))
            said = False
            for key, item in value.items():
                failures = None if item is None else value_check(item)
                if not failures:
                    continue
                inner = [failure for failure in failures if failure[0]]
                found.extend(_below(f"{key}.member", inner))
                if len(inner) < len(failures) and not said:
                    said = True
                    found.append(("", whole, f"Map value must satisfy constraint: [{value_words}]"))
            return found or None

        return check


def _accept(value: Any) -> list[Failure] | None:
    return None


def _streamed(shape: Shape) -> Check:
    """Bytes, or what will yield them; JSON from a workflow may hold anything else."""

    def check(value: Any) -> list[Failure] | None:
        if isinstance(value, (int, float, list, Mapping)):
            raise mismatch(shape, value)
        return None

    return check


def _unconstrained(shape: Shape) -> type | None:
    """The type whose every value is right, if the shape has one."""
    if shape.type in {"structure", "list", "map"} or shape.is_document or constraints_of(shape):
        return None
    if shape.type in INTEGER_BOUNDS or shape.is_streaming:
        return None
    return PYTHON_TYPES.get(shape.type, (object,))[0]


def _scalar(shape: Shape) -> Check:
    allowed = PYTHON_TYPES.get(shape.type, (object,))
    exact = allowed[0]
    constraints = constraints_of(shape)
    is_boolean = shape.type == "boolean"
    is_hidden = bool(shape.traits.get("sensitive"))
    others = allowed[1:]

    def check_type(value: Any) -> None:
        if type(value) is not exact and (
            not isinstance(value, allowed) or (isinstance(value, bool) and not is_boolean)
        ):
            raise mismatch(shape, value)

    bound = INTEGER_BOUNDS.get(shape.type)
    if bound is not None:

        def check_integer(value: Any) -> list[Failure] | None:
            if type(value) is not int:
                check_type(value)
            # JSON from a workflow or a schedule knows no bounds.
            if not -bound <= value < bound:
                raise mismatch(shape, value)
            return [("", value, words) for words, fails in constraints if fails(value)] or None

        return check_integer

    if not constraints:
        if not others:

            def check_exact(value: Any) -> list[Failure] | None:
                if type(value) is not exact:
                    check_type(value)
                return None

            return check_exact

        def check_one_of(value: Any) -> list[Failure] | None:
            check_type(value)
            return None

        return check_one_of

    def check(value: Any) -> list[Failure] | None:
        if type(value) is not exact:
            check_type(value)
        found: list[Failure] | None = None
        for words, fails in constraints:
            if fails(value):
                found = found or []
                found.append(("", HIDDEN if is_hidden else value, words))
        return found

    return check


def _below(step: str, failures: list[Failure]) -> list[Failure]:
    return [(f"{step}.{path}" if path else step, value, words) for path, value, words in failures]


def compile_checker(of: OperationModel) -> Checker:
    shape = of.input_shape
    if shape is None:
        return lambda params: None
    check = _Checks().check(shape)

    def check_params(params: Mapping[str, Any]) -> None:
        failures = check(params)
        if failures:
            raise validation_error(of, failures)

    return check_params


@cache
def checker(service: str, name: str) -> Checker:
    """The check of an operation's params, whoever calls it and in whatever protocol."""
    return compile_checker(operation(service, name))
