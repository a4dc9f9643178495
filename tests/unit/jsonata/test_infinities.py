"""Numbers that JSON does not have, as results."""

import pytest

from lambent.languages.asl import Chance
from lambent.languages.jsonata import EvaluationFault, compile_expression
from lambent.languages.jsonata.infinities import last_operation


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("1/0", '"Infinity"'),
        ("-1 / 0", '"-Infinity"'),
        ("0/0", '"NaN"'),
        ("10 % 0", '"NaN"'),
        ("1e308 * 10", '"Infinity"'),
        ("-1e308 - 1e308", '"-Infinity"'),
        ("$a.b / ($a.b - 2)", '"Infinity"'),
        ("1 + 2 / 1", "3"),
        ("null", "null"),
        ("$a.c", "null"),
    ],
)
def test_an_expression_may_come_to_no_number(source: str, result: str) -> None:
    found = compile_expression(source).evaluate({"a": {"b": 2, "c": None}}, 0.0, Chance(1))

    assert found == result


@pytest.mark.parametrize("source", ["1/0 + 1", "[1/0]", "$string(1/0)", "1/0 & 'a'", "2 * (1/0)"])
def test_what_goes_on_with_no_number_fails(source: str) -> None:
    with pytest.raises(EvaluationFault, match="D1001"):
        compile_expression(source).evaluate({}, 0.0, Chance(1))


@pytest.mark.parametrize(
    ("source", "operation"),
    [
        ("a.b - c * 2 + `d e`", ("a.b - c * 2", "+", "`d e`")),
        ("$f('+', 1) % -3", ("$f('+', 1)", "%", "-3")),
        ("a ? 1 : 2/0", None),
        ("(1/0)", None),
        ("1/0 and 1", None),
        ("-1", None),
    ],
)
def test_the_last_operation_is_found(source: str, operation: tuple[str, str, str] | None) -> None:
    assert last_operation(source) == operation
