"""Conditions, of the template and of its rules: which of them hold."""

from collections.abc import Callable
from typing import Any

from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.functions import condition_holds, evaluate, unsupported
from lambent.languages.templates.scope import Scope, text_of


def conditions_of(scope: Scope) -> dict[str, bool]:
    """Each condition of the template: does it hold?"""
    known: dict[str, bool] = {}
    for name in scope.template.conditions:
        _hold(scope, name, known, ())
    return known


def _hold(scope: Scope, name: str, known: dict[str, bool], asked: tuple[str, ...]) -> bool:
    if name in known:
        return known[name]
    if name not in scope.template.conditions:
        raise TemplateInvalid(
            f"Template format error: Unresolved condition dependency {name} in the Conditions"
            " block of the template"
        )
    if name in asked:
        raise TemplateInvalid(
            f"Template error: Circular dependency between conditions: [{', '.join(asked)}]"
        )

    def holds(other: str) -> bool:
        return _hold(scope, other, known, (*asked, name))

    known[name] = _verdict(scope, scope.template.conditions[name], holds)
    return known[name]


def verdict(scope: Scope, written: Any) -> bool:
    """Does a condition hold that stands in a rule, or anywhere else?"""
    return _verdict(scope, written, lambda name: condition_holds(scope, name))


def _verdict(scope: Scope, written: Any, holds: Callable[[str], bool]) -> bool:
    if isinstance(written, bool):
        return written
    if isinstance(written, str) and written in ("true", "false"):
        return written == "true"
    if not isinstance(written, dict) or len(written) != 1:
        raise TemplateInvalid(
            "Template format error: Every Condition member must be a boolean function."
        )
    [(name, argument)] = written.items()

    def inner(child: Any) -> bool:
        return _verdict(scope, child, holds)

    match name:
        case "Condition":
            return holds(argument)
        case "Fn::Not":
            [only] = _arguments(name, argument, 1, 1)
            return not inner(only)
        case "Fn::And":
            return all(inner(child) for child in _arguments(name, argument, 1, 10))
        case "Fn::Or":
            return any(inner(child) for child in _arguments(name, argument, 1, 10))
        case "Fn::If":
            condition, then, otherwise = _arguments(name, argument, 3, 3)
            return inner(then if holds(condition) else otherwise)
        case "Fn::Equals":
            left, right = _arguments(name, argument, 2, 2)
            return bool(_comparable(evaluate(scope, left)) == _comparable(evaluate(scope, right)))
        case "Fn::Contains":
            among, value = _arguments(name, argument, 2, 2)
            return any(item == evaluate(scope, value) for item in _listed(evaluate(scope, among)))
        case "Fn::EachMemberEquals":
            members, value = _arguments(name, argument, 2, 2)
            wanted = evaluate(scope, value)
            return all(member == wanted for member in _listed(evaluate(scope, members)))
        case "Fn::EachMemberIn":
            members, among = _arguments(name, argument, 2, 2)
            allowed = _listed(evaluate(scope, among))
            return all(member in allowed for member in _listed(evaluate(scope, members)))
        case _:
            raise unsupported(name)


def _comparable(value: Any) -> Any:
    # AWS: parameters are text, so 1 and "1" are equal, and so are true and "true".
    return text_of(value) if isinstance(value, bool | int | float) else value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _arguments(name: str, argument: Any, least: int, most: int) -> list[Any]:
    if isinstance(argument, list) and least <= len(argument) <= most:
        return argument
    # AWS: the shorthand `Fn::Not: condition` is not taken; every one of these wants a list.
    wanted = f"{least}" if least == most else f"{least} to {most}"
    raise TemplateInvalid(
        f"Template error: every {name} object requires a list of {wanted} parameters."
    )
