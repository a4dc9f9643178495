"""
What must hold of an expression besides its syntax.

Some of it needs the request's values. So an expression is compiled together with its checks, in
the order in which DynamoDB makes them, and each request that brings the expression runs them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from lambent.languages.dynamodb_expressions import syntax
from lambent.languages.dynamodb_expressions.comparisons import ORDERED_TYPES, in_order
from lambent.languages.dynamodb_expressions.errors import ExpressionRefused
from lambent.languages.dynamodb_expressions.placeholders import Placeholders, Values
from lambent.languages.dynamodb_expressions.values import TYPES, AttributeValue, kind_of
from lambent.languages.dynamodb_expressions.words import OPERAND_COUNTS

Steps = tuple[str | int, ...]
Check = Callable[[Values], None]

_SIZED_TYPES = frozenset({"S", "B", "SS", "NS", "BS", "L", "M"})
_DEEPEST_PATH = 32
_MOST_MEMBERS = 100


class Checks:
    """
    The checks of one expression, collected while it is compiled.

    A refusal that needs no value is a check as well: it waits for its turn. `kind` is the request's
    member, which refusals name; empty for PartiQL, whose refusals name none.
    """

    __slots__ = ("_checks", "_kind", "_names", "used_names", "used_values")

    def __init__(self, kind: str, names: Mapping[str, str]) -> None:
        self._kind = kind
        self._names = names
        self._checks: list[Check] = []
        self.used_names: set[str] = set()
        self.used_values: set[str] = set()

    def refusal(self, reason: str) -> ExpressionRefused:
        return ExpressionRefused(f"Invalid {self._kind}: {reason}" if self._kind else reason)

    def run(self, placeholders: Placeholders) -> Values:
        """Check the request's values; they are used from here on."""
        values = placeholders.values
        for check in self._checks:
            check(values)
        placeholders.mark_used(self.used_names, self.used_values)
        return values

    def add(self, check: Check) -> None:
        self._checks.append(check)

    def refuse(self, reason: str) -> None:
        self.refuse_as(self.refusal(reason).message)

    def refuse_as(self, message: str) -> None:
        def check(values: Values) -> None:
            raise ExpressionRefused(message)

        self.add(check)

    # Operands.

    def path(self, path: syntax.Path) -> Steps:
        """The path with its references resolved."""
        steps: list[str | int] = []
        for step in path.steps:
            if isinstance(step, syntax.NameReference):
                self.used_names.add(step.name)
                if step.name not in self._names:
                    self.refuse(
                        "An expression attribute name used in the document path is not defined;"
                        f" attribute name: {step.name}"
                    )
                steps.append(self._names.get(step.name, step.name))
            else:
                steps.append(step)
        if len(steps) > _DEEPEST_PATH:
            self.refuse(
                f"The document path has too many nesting levels; nesting levels: {len(steps)}"
            )
        return tuple(steps)

    def value(self, value: syntax.Value) -> str:
        name = value.name
        self.used_values.add(name)

        def check(values: Values) -> None:
            if name not in values:
                raise self.refusal(
                    "An expression attribute value used in expression is not defined;"
                    f" attribute value: {name}"
                )

        self.add(check)
        return name

    def visit(self, operands: Iterable[syntax.Operand]) -> None:
        """Names and values that are not defined, and what is wrong with functions, in order."""
        for operand in operands:
            match operand:
                case syntax.Path():
                    self.path(operand)
                case syntax.Value():
                    self.value(operand)
                case syntax.Call():
                    self.call(operand)

    def call(self, call: syntax.Call) -> None:
        self.visit(call.operands)
        if len(call.operands) != OPERAND_COUNTS[call.name]:
            self.refuse(
                "Incorrect number of operands for operator or function;"
                f" operator or function: {call.name}, number of operands: {len(call.operands)}"
            )
            return
        _CALL_CHECKS[call.name](self, call)

    # Types.

    def operand_type(self, operator: str, operand: object, allowed: Collection[str]) -> None:
        """A value's type is known before any item is; so is that of a function's result."""

        def refusal(kind: str) -> str:
            return (
                "Incorrect operand type for operator or function;"
                f" operator or function: {operator}, operand type: {kind}"
            )

        if isinstance(operand, syntax.Call):
            kind = _RESULTS.get(operand.name)
            if kind is not None and kind not in allowed:
                self.refuse(refusal(kind))
        elif isinstance(operand, syntax.Value):
            name = operand.name

            def check(values: Values) -> None:
                kind = kind_of(values[name])
                if kind not in allowed:
                    raise self.refusal(refusal(kind))

            self.add(check)

    def added_type(self, section: str, operand: syntax.Value, allowed: Collection[str]) -> None:
        """The value of ADD or DELETE, whose refusals have words of their own."""

        def check(values: Values) -> None:
            kind = kind_of(values[operand.name])
            if kind not in allowed:
                raise self.refusal(
                    "Incorrect operand type for operator or function;"
                    f" operator: {section}, operand type: {_LONG_NAMES[kind]},"
                    f" typeSet: ALLOWED_FOR_{section}_OPERAND"
                )

        self.add(check)

    def distinct(self, operator: str, operands: tuple[syntax.Operand, ...]) -> None:
        first, *others = operands
        if not isinstance(first, syntax.Path):
            return
        steps = self.resolved(first)
        for other in others:
            if isinstance(other, syntax.Path) and self.resolved(other) == steps:
                self.refuse(
                    "The first operand must be distinct from the remaining operands for this"
                    f" operator or function; operator: {operator},"
                    f" first operand: {path_text(steps)}"
                )

    def resolved(self, path: syntax.Path) -> Steps:
        return tuple(
            self._names.get(step.name, step.name)
            if isinstance(step, syntax.NameReference)
            else step
            for step in path.steps
        )

    def comparison(self, comparison: syntax.Comparison) -> None:
        self.visit(comparison.operands)
        operator, operands = comparison.operator, comparison.operands
        if operator == "IN" and len(operands) - 1 > _MOST_MEMBERS:
            self.refuse(
                "The IN operator is provided with too many operands;"
                f" number of operands: {len(operands) - 1}"
            )
        self.distinct(operator, operands)
        if operator not in ("=", "<>", "IN"):
            for operand in operands:
                self.operand_type(operator, operand, ORDERED_TYPES)
        if operator == "BETWEEN":
            _, lower, upper = operands
            if isinstance(lower, syntax.Value) and isinstance(upper, syntax.Value):
                self._bounds(lower.name, upper.name)

    def _bounds(self, lower_name: str, upper_name: str) -> None:
        def check(values: Values) -> None:
            lower, upper = values[lower_name], values[upper_name]
            if kind_of(lower) != kind_of(upper):
                rule = "same data type for lower and upper bounds"
            elif in_order(lambda low, high: low > high, lower, upper):
                rule = "upper bound to be greater than or equal to lower bound"
            else:
                return
            raise self.refusal(
                f"The BETWEEN operator requires {rule};"
                f" lower bound operand: AttributeValue: {_bound_text(lower)},"
                f" upper bound operand: AttributeValue: {_bound_text(upper)}"
            )

        self.add(check)


def path_text(steps: Steps) -> str:
    """[a, [1], b]"""
    return f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in steps)}]"


def _bound_text(value: AttributeValue) -> str:
    ((kind, content),) = value.items()
    if kind == "B":
        size = len(content)
        content = f"java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"
    return f"{{{kind}:{content}}}"


# What each function asks of its operands.


def _check_path_operand(checks: Checks, call: syntax.Call) -> None:
    if not isinstance(call.operands[0], syntax.Path):
        checks.refuse(
            f"Operator or function requires a document path; operator or function: {call.name}"
        )


def _check_begins_with(checks: Checks, call: syntax.Call) -> None:
    checks.distinct(call.name, call.operands)
    for operand in call.operands:
        checks.operand_type(call.name, operand, ("S", "B"))


def _check_contains(checks: Checks, call: syntax.Call) -> None:
    checks.distinct(call.name, call.operands)


def _check_size(checks: Checks, call: syntax.Call) -> None:
    checks.operand_type(call.name, call.operands[0], _SIZED_TYPES)


def _check_attribute_type(checks: Checks, call: syntax.Call) -> None:
    checks.distinct(call.name, call.operands)
    asked = call.operands[1]
    if isinstance(asked, syntax.Path):
        # AWS: every type, in no order that says anything.
        checks.refuse(
            "Incorrect operand type for operator or function; operator or function: attribute_type,"
            " operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
        )
        return
    checks.operand_type(call.name, asked, ("S",))
    if isinstance(asked, syntax.Value):
        name = asked.name

        def check(values: Values) -> None:
            kind = values[name]["S"]
            if kind not in TYPES:
                raise checks.refusal(
                    f"Invalid attribute type name found; type: {kind},"
                    " valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
                )

        checks.add(check)


def _check_list_append(checks: Checks, call: syntax.Call) -> None:
    for operand in call.operands:
        checks.operand_type(call.name, operand, ("L",))


_CALL_CHECKS: Mapping[str, Callable[[Checks, syntax.Call], None]] = {
    "attribute_exists": _check_path_operand,
    "attribute_not_exists": _check_path_operand,
    "attribute_type": _check_attribute_type,
    "begins_with": _check_begins_with,
    "contains": _check_contains,
    "size": _check_size,
    "if_not_exists": _check_path_operand,
    "list_append": _check_list_append,
}

_RESULTS = {"size": "N", "list_append": "L"}
_LONG_NAMES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "M": "MAP",
    "L": "LIST",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
}
