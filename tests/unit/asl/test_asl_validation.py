"""What is found wrong in definitions: codes, words and places, as AWS gives them."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambent.languages import asl

_CASES = [
    pytest.param(case, id=case["name"])
    for case in json.loads((Path(__file__).parent / "cases" / "validation.json").read_text())
]


@pytest.mark.parametrize("case", _CASES)
def test_a_definition_is_found_as_right_or_wrong_as_aws_finds_it(case: dict[str, Any]) -> None:
    definition = case["definition"]
    text = definition if isinstance(definition, str) else json.dumps(definition)

    found = asl.validate(text, express=case.get("express", False))

    assert [[one.code, one.message, one.location] for one in found] == case["found"]
    warnings = {"NO_DOLLAR", "NO_PATH", "PASS_RESULT_IS_STATIC"}
    assert all((one.severity == "WARNING") is (one.code in warnings) for one in found)


def test_a_warning_refuses_nothing() -> None:
    state = {"Type": "Pass", "Parameters": {"x": "$.x"}, "End": True}

    assert asl.parse(json.dumps({"StartAt": "S", "States": {"S": state}}))


_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("not a definition", f"Unrecognized token 'not': was expecting {_VALUES}", 1, 4),
        ('{"a": oops}', f"Unrecognized token 'oops': was expecting {_VALUES}", 1, 11),
        (
            '{"a":1,}',
            "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
            1,
            9,
        ),
        (
            '{"a":\n {"b":[1 2]}}',
            "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
            2,
            11,
        ),
        (
            '{"a":[1] "b":2}',
            "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
            1,
            11,
        ),
        (
            '{"a" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name"
            " and value",
            1,
            7,
        ),
        (
            "[1,]",
            f"Unexpected character (']' (code 93)): expected a valid value {_VALUES}",
            1,
            5,
        ),
        ('{"a":', "Unexpected end-of-input", 1, 6),
        (
            '{"a":"b',
            "Unexpected end-of-input: was expecting closing quote for a string value",
            1,
            8,
        ),
        (
            '{"a":"b\n"}',
            "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash"
            " to be included in string value",
            2,
            1,
        ),
    ],
)
def test_what_is_no_json_says_where(text: str, message: str, line: int, column: int) -> None:
    (found,) = asl.validate(text)

    where = f'[Source: (String)"{text}"; line: {line}, column: {column}]'
    assert found.code == "INVALID_JSON_DESCRIPTION"
    assert found.message == f"{message}\n at {where}"
    assert found.location == where


def test_a_refused_definition_tells_everything_in_one_line() -> None:
    states = {"pass1": {"Type": "Pass", "Next": "pass3"}, "pass2": {"Type": "Pass", "End": True}}

    with pytest.raises(asl.InvalidDefinition) as refused:
        asl.parse(json.dumps({"StartAt": "pass1", "States": states}))

    assert str(refused.value) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3"
        ' at /States/pass1/Next, MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at'
        " /States/pass2'"
    )


def test_a_finding_without_a_place_is_at_null() -> None:
    states = {"A": {"Type": "Pass", "Next": "A"}}

    with pytest.raises(asl.InvalidDefinition, match=r"MISSING_END_STATE: .* at null'"):
        asl.parse(json.dumps({"StartAt": "A", "States": states}))


def test_a_machine_tells_which_variables_its_states_refer_to() -> None:
    inner = {
        "StartAt": "Sum",
        "States": {
            "Sum": {
                "Type": "Pass",
                "Assign": {"s.$": "States.MathAdd(States.MathAdd($x, $y.z), $.own)"},
                "End": True,
            }
        },
    }
    states = {
        "Set": {"Type": "Pass", "Assign": {"x": 1, "y": {"z": 1}}, "Next": "Check"},
        "Check": {
            "Type": "Choice",
            "Choices": [{"Variable": "$y.z", "NumericEqualsPath": "$x", "Next": "Each"}],
            "Default": "Say",
        },
        "Each": {"Type": "Map", "ItemProcessor": inner, "End": True},
        "Say": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": {"o": "{% $states.input & $x & $uuid() & ($t := 1; $t) %}"},
            "End": True,
        },
    }

    machine = asl.parse(json.dumps({"StartAt": "Set", "States": states}))

    assert machine.variable_references == {
        "Check": ["x", "y"],
        "Sum": ["x", "y"],
        "Say": ["x"],
    }
