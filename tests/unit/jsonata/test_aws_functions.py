"""AWS's own functions, and what an expression is told to read."""

import pytest

from lambent.languages.asl import Chance
from lambent.languages.jsonata import EvaluationFault, SyntaxFault, compile_expression, read_part
from lambent.languages.jsonata.java_random import first_double


def test_a_seed_gives_what_java_gives() -> None:
    assert first_double(42) == 0.7275636800328681
    assert first_double(0) == 0.730967787376657


def test_the_same_chance_gives_the_same_answers() -> None:
    expression = compile_expression("[$random(), $uuid(), $shuffle([1..9])]")

    assert expression.evaluate({}, 1.0, Chance(7)) == expression.evaluate({}, 1.0, Chance(7))
    assert expression.evaluate({}, 1.0, Chance(7)) != expression.evaluate({}, 1.0, Chance(8))


def test_an_expression_says_which_variables_it_reads() -> None:
    expression = compile_expression("$states.input.a + $x.y + $sum($states.context.l)")

    assert expression.variables == {
        "states": {"input": {"a": True}, "context": {"l": True}},
        "x": {"y": True},
    }
    assert expression.reads_input == ()


def test_only_what_is_read_is_handed_over() -> None:
    value = {"a": {"b": 1, "c": 2}, "l": [{"b": 1, "c": 2}], "z": 0}

    assert read_part(value, {"a": {"b": True}, "n": True}) == {"a": {"b": 1}}
    assert read_part(value, {"l": {"b": True}}) == {"l": [{"b": 1, "c": 2}]}
    assert read_part(value, True) is value


def test_a_name_at_the_top_level_is_seen() -> None:
    assert compile_expression("phone.number & $x").reads_input == ("phone",)
    assert compile_expression("$map($x, function($v) { other })").reads_input == ("other",)
    assert compile_expression("$x[value > 3].name").reads_input == ()


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("a[1,2)", "S0202", 'Expected "]", got ","'),
        ('"unterminated', "S0101", "String literal must be terminated by a matching quote"),
        ("1 +", "S0207", "Unexpected end of expression"),
        ('{"a":}', "S0211", 'The symbol "}" cannot be used as a unary operator'),
        ('$match("a", /abc', "S0302", "No terminating / in regular expression"),
    ],
)
def test_what_does_not_parse_is_refused_in_the_languages_own_words(
    source: str, code: str, message: str
) -> None:
    with pytest.raises(SyntaxFault) as refused:
        compile_expression(source)

    assert (refused.value.code, refused.value.message) == (code, message)


def test_an_expression_that_would_run_for_ever_is_stopped() -> None:
    deep = compile_expression("($f := function($x) { 1 + $f($x + 1) }; $f(1))")

    with pytest.raises(EvaluationFault, match="Stack overflow"):
        deep.evaluate({}, 1.0, Chance(1))


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ("+".join(["1"] * 100), "+".join(["1"] * 101)),
        ("(" * 99 + "1" + ")" * 99, "(" * 100 + "1" + ")" * 100),
        ("[" * 99 + "1" + "]" * 99, "[" * 100 + "1" + "]" * 100),
        (
            "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(31))",
            "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(32))",
        ),
    ],
)
def test_an_expression_may_be_a_hundred_levels_deep_as_on_aws(allowed: str, refused: str) -> None:
    assert compile_expression(allowed).evaluate({}, 1.0, Chance(1)) is not None

    with pytest.raises(EvaluationFault, match=r"Stack overflow error: .* Depth=101 max=100"):
        compile_expression(refused).evaluate({}, 1.0, Chance(1))


@pytest.mark.parametrize("source", ["$string($range(1, 360146, 1))", "[1..873783]"])
def test_a_value_beyond_awss_memory_is_refused(source: str) -> None:
    with pytest.raises(EvaluationFault, match="memory limit exceeded"):
        compile_expression(source).evaluate({}, 1.0, Chance(1))
