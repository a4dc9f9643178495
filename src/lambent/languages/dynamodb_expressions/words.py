"""
What is wrong with an expression whatever its names and values are: unknown or misplaced functions,
and reserved words.
"""

from collections.abc import Callable, Iterator

from lambent.languages.dynamodb_expressions import syntax
from lambent.languages.dynamodb_expressions.errors import ExpressionRefused
from lambent.languages.dynamodb_expressions.reserved_words import RESERVED_WORDS

Refusal = Callable[[str], ExpressionRefused]

# How many operands each takes. The first ones are conditions; size() is an operand.
CONDITION_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}
OPERAND_FUNCTIONS = {"size": 1}
UPDATE_FUNCTIONS = {"if_not_exists": 2, "list_append": 2}
OPERAND_COUNTS = CONDITION_FUNCTIONS | OPERAND_FUNCTIONS | UPDATE_FUNCTIONS


def check_condition_words(tree: syntax.Tree, refusal: Refusal) -> None:
    """
    Unknown functions, then misplaced ones, then reserved words: each over the whole expression.
    """
    calls = list(_calls(tree))
    for call, _ in calls:
        check_function_name(call, refusal)
    for call, is_condition in calls:
        if call.name in UPDATE_FUNCTIONS:
            raise refusal(
                f"The function is not allowed in a condition expression; function: {call.name}"
            )
        if is_condition != (call.name in CONDITION_FUNCTIONS):
            raise misplaced(call, refusal)
    for operand in _condition_operands(tree):
        for path in paths_in(operand):
            check_reserved_words(path, refusal)


def check_function_name(call: syntax.Call, refusal: Refusal) -> None:
    if call.name not in OPERAND_COUNTS:
        raise refusal(f"Invalid function name; function: {call.name}")


def misplaced(call: syntax.Call, refusal: Refusal) -> ExpressionRefused:
    return refusal(
        f"The function is not allowed to be used this way in an expression; function: {call.name}"
    )


def check_reserved_words(path: syntax.Path, refusal: Refusal) -> None:
    for step in path.steps:
        if isinstance(step, str) and step.upper() in RESERVED_WORDS:
            raise refusal(f"Attribute name is a reserved keyword; reserved keyword: {step}")


def calls_in(operand: object) -> Iterator[syntax.Call]:
    if isinstance(operand, syntax.Call):
        yield operand
        for inner in operand.operands:
            yield from calls_in(inner)


def paths_in(operand: object) -> Iterator[syntax.Path]:
    if isinstance(operand, syntax.Path):
        yield operand
    elif isinstance(operand, syntax.Call):
        for inner in operand.operands:
            yield from paths_in(inner)


def _calls(tree: syntax.Tree) -> Iterator[tuple[syntax.Call, bool]]:
    """Each call, and whether it stands where a condition is wanted."""
    for leaf in leaves(tree):
        operands: tuple[syntax.Operand, ...]
        if isinstance(leaf, syntax.Call):
            yield leaf, True
            operands = leaf.operands
        else:
            operands = leaf.operands
        for operand in operands:
            for call in calls_in(operand):
                yield call, False


def _condition_operands(tree: syntax.Tree) -> Iterator[syntax.Operand]:
    for leaf in leaves(tree):
        yield from leaf.operands


def leaves(tree: syntax.Tree) -> Iterator[syntax.Comparison | syntax.Call]:
    match tree:
        case syntax.Not(condition):
            yield from leaves(condition)
        case syntax.Junction():
            for condition in tree.conditions:
                yield from leaves(condition)
        case _:
            yield tree
