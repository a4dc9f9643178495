"""
UpdateExpression: the item that follows from an item.

Every value is worked out from the item as it was before the update.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lambent.languages.dynamodb_expressions import numbers, syntax
from lambent.languages.dynamodb_expressions.assignments import WRONG_TYPE, assigned_getter
from lambent.languages.dynamodb_expressions.checks import Checks, Steps
from lambent.languages.dynamodb_expressions.comparisons import Found
from lambent.languages.dynamodb_expressions.document_paths import branches, check_apart, picked
from lambent.languages.dynamodb_expressions.errors import ExpressionRefused, UpdateRefused
from lambent.languages.dynamodb_expressions.operands import Getter
from lambent.languages.dynamodb_expressions.placeholders import Placeholders, Values
from lambent.languages.dynamodb_expressions.values import (
    AttributeValue,
    Item,
    check_depth,
    in_set_order,
    kind_of,
)
from lambent.languages.dynamodb_expressions.words import (
    UPDATE_FUNCTIONS,
    calls_in,
    check_function_name,
    check_reserved_words,
    misplaced,
    paths_in,
)
from lambent.languages.dynamodb_expressions.writing import Container, Writing, element

_KIND = "UpdateExpression"
_MISSING = "The provided expression refers to an attribute that does not exist in the item"

_SET_TYPES = ("SS", "NS", "BS")
_ADDED_TYPES = {"ADD": ("N", *_SET_TYPES), "DELETE": _SET_TYPES}


@dataclass(frozen=True, slots=True)
class Update:
    """
    `applied(item, key_names)` is a new item; refuses a change of a key and what does not fit.

    `of_changed(item)` has the parts that the update names: of the old item for UPDATED_OLD, of the
    new one for UPDATED_NEW. `paths` are the first names of the paths that it writes or reads,
    `written` of those that it writes, `nested_paths` of those that it looks into.
    """

    applied: Callable[[Item, Collection[str]], Item]
    of_changed: Callable[[Item], Item]
    paths: frozenset[str]
    written: frozenset[str] = frozenset()
    nested_paths: frozenset[str] = frozenset()

    def check_keys(self, key_names: Collection[str]) -> None:
        """Refuse a change of a key; `applied` does it as well."""
        check_not_keys(self.written, key_names)


def check_not_keys(written: Collection[str], key_names: Collection[str]) -> None:
    for name in key_names:
        if name in written:
            raise ExpressionRefused(
                f"One or more parameter values were invalid: Cannot update attribute {name}."
                " This attribute is part of the key"
            )


Change = Callable[[Container, str | int, Found, Writing], None]


@dataclass(frozen=True, slots=True)
class _Action:
    """
    `given` is worked out first, `change` made last. REMOVE is given nothing.

    `fits` refuses what the value at the path does not go with.
    """

    steps: Steps
    given: Getter | None
    change: Change
    fits: Callable[[Found, AttributeValue], None] | None = None


@dataclass(frozen=True, slots=True)
class _Compiled:
    actions: tuple[_Action, ...]
    checks: Checks
    of_changed: Callable[[Item], Item]
    paths: frozenset[str]
    written: frozenset[str]
    nested_paths: frozenset[str]


def update(text: str, placeholders: Placeholders) -> Update:
    compiled = _compiled(text, placeholders.names)
    return _bound(compiled, compiled.checks.run(placeholders))


def update_of(actions: Sequence[syntax.Action], values: Values) -> Update:
    """The update of actions whose paths have no references left, as PartiQL builds them."""
    compiled = _compile(actions, Checks("", {}))
    return _bound(compiled, compiled.checks.run(Placeholders.of_checked(values)))


def _bound(compiled: _Compiled, values: Values) -> Update:
    written = compiled.written

    def applied(item: Item, key_names: Collection[str]) -> Item:
        check_not_keys(written, key_names)
        return _applied(compiled.actions, item, values)

    return Update(applied, compiled.of_changed, compiled.paths, written, compiled.nested_paths)


def _applied(actions: Sequence[_Action], item: Item, values: Values) -> Item:
    """AWS: wrong types are found first, then paths that lead nowhere, then what is missing."""
    given = [
        (action, None if action.given is None else action.given(item, values)) for action in actions
    ]
    writing = Writing(item)
    places = [writing.container(action.steps) for action in actions]
    for (action, value), container in zip(given, places, strict=True):
        if value is not None and action.fits is not None:
            action.fits(element(container, action.steps[-1]), value)
    for action, value in given:
        if value is None and action.given is not None:
            raise UpdateRefused(_MISSING)
        if value is not None and len(action.steps) > 1:
            check_depth(value, len(action.steps))
    for (action, value), container in zip(given, places, strict=True):
        action.change(container, action.steps[-1], value, writing)
    return writing.finished()


@lru_cache(maxsize=512)
def _compiled(text: str, names: tuple[tuple[str, str], ...]) -> _Compiled:
    sections = syntax.parse_update(text)
    checks = Checks(_KIND, dict(names))
    _check_words(sections, checks)
    return _compile([action for section in sections for action in section], checks)


def _check_words(sections: Sequence[Sequence[syntax.Action]], checks: Checks) -> None:
    """What is wrong whatever the names and values are; each over the whole expression."""
    actions = [action for section in sections for action in section]
    for action in actions:
        for path in (action.path, *_paths_read(action)):
            check_reserved_words(path, checks.refusal)
    for action in actions:
        for call, is_inner in _calls(action.operand):
            _check_call(call, is_inner, checks)
    seen: set[str] = set()
    for section in sections:
        name = section[0].section
        if name in seen:
            raise checks.refusal(
                f'The "{name}" section can only be used once in an update expression;'
            )
        seen.add(name)


def _check_call(call: syntax.Call, is_inner: bool, checks: Checks) -> None:
    check_function_name(call, checks.refusal)
    if call.name not in UPDATE_FUNCTIONS:
        raise checks.refusal(
            f"The function is not allowed in an update expression; function: {call.name}"
        )
    if is_inner and call.name == "list_append":
        # AWS: nothing says why, but it is so.
        raise misplaced(call, checks.refusal)


def _operands(assigned: object) -> tuple[object, ...]:
    if isinstance(assigned, syntax.Arithmetic):
        return assigned.left, assigned.right
    return (assigned,)


def _calls(assigned: object) -> Iterator[tuple[syntax.Call, bool]]:
    for operand in _operands(assigned):
        for place, call in enumerate(calls_in(operand)):
            yield call, place > 0


def _paths_read(action: syntax.Action) -> Iterator[syntax.Path]:
    for operand in _operands(action.operand):
        yield from paths_in(operand)


def _compile(actions: Sequence[syntax.Action], checks: Checks) -> _Compiled:
    written = []
    for action in actions:
        written.append(checks.path(action.path))
        for path in _paths_read(action):
            checks.path(path)
    for action in actions:
        for value in _values_in(action.operand):
            checks.value(value)
    apart = check_apart(written, checks)
    for action in actions:
        if action.section in _ADDED_TYPES and isinstance(action.operand, syntax.Value):
            checks.added_type(action.section, action.operand, _ADDED_TYPES[action.section])
    for action in actions:
        _check_assigned(action.operand, checks)
    read = [checks.resolved(path) for action in actions for path in _paths_read(action)]
    wanted = branches(written if apart else ())
    return _Compiled(
        tuple(
            _action(action, steps, checks.resolved)
            for action, steps in zip(actions, written, strict=True)
        ),
        checks,
        lambda item: picked(item, wanted),
        frozenset(str(steps[0]) for steps in written + read),
        frozenset(str(steps[0]) for steps in written),
        frozenset(str(steps[0]) for steps in written + read if len(steps) > 1),
    )


def _values_in(operand: object) -> Iterator[syntax.Value]:
    match operand:
        case syntax.Value():
            yield operand
        case syntax.Arithmetic(_, left, right):
            yield from _values_in(left)
            yield from _values_in(right)
        case syntax.Call(_, operands):
            for inner in operands:
                yield from _values_in(inner)


def _check_assigned(assigned: object, checks: Checks) -> None:
    for operand in _operands(assigned):
        if isinstance(operand, syntax.Call):
            checks.call(operand)
        if isinstance(assigned, syntax.Arithmetic):
            checks.operand_type(assigned.operator, operand, ("N",))


# What the actions do.


def _action(
    action: syntax.Action, steps: Steps, resolved: Callable[[syntax.Path], Steps]
) -> _Action:
    if action.operand is None:
        return _Action(steps, None, _remove)
    given = assigned_getter(action.operand, resolved)
    change, fits = _CHANGES[action.section]
    return _Action(steps, given, change, fits)


def _remove(container: Container, step: str | int, given: Found, writing: Writing) -> None:
    writing.remove(container, step)


def _set(container: Container, step: str | int, given: Found, writing: Writing) -> None:
    if given is not None:
        writing.put(container, step, given)


def _add(container: Container, step: str | int, given: Found, writing: Writing) -> None:
    found = element(container, step)
    if given is not None:
        writing.put(container, step, given if found is None else increased(found, given))


def _delete(container: Container, step: str | int, given: Found, writing: Writing) -> None:
    found = element(container, step)
    if found is None or given is None:
        return
    left = lessened(found, given)
    if left is None:
        writing.remove(container, step)
    else:
        writing.put(container, step, left)


def increased(found: AttributeValue, given: AttributeValue) -> AttributeValue:
    """A number and what is added to it, or a set with further members."""
    ((kind, content),) = given.items()
    if kind == "N":
        return {"N": numbers.total(found["N"], content)}
    return {kind: in_set_order(kind, {*found[kind], *content})}


def lessened(found: AttributeValue, given: AttributeValue) -> AttributeValue | None:
    """A set without some members; None when none are left."""
    ((kind, content),) = given.items()
    gone = set(content)
    left = [member for member in found[kind] if member not in gone]
    return {kind: left} if left else None


def _same_type(found: Found, given: AttributeValue) -> None:
    if found is not None and kind_of(found) != kind_of(given):
        raise UpdateRefused(WRONG_TYPE)


_CHANGES: Mapping[str, tuple[Change, Callable[[Found, AttributeValue], None] | None]] = {
    "SET": (_set, None),
    "ADD": (_add, _same_type),
    "DELETE": (_delete, _same_type),
}
