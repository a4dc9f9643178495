from typing import Any

import pytest

from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.parameters import Parameters, resolve_parameters, with_lookups
from tests.unit.templates.making import template

RESOURCES = "\nResources: {Q: {Type: 'AWS::SQS::Queue'}}"


def resolve(declared: str, *given: dict[str, Any], **previous: str) -> Parameters:
    parsed = template(f"Parameters: {{P: {declared}}}{RESOURCES}")
    return resolve_parameters(parsed.parameters, given, previous)


def given(value: str) -> dict[str, Any]:
    return {"ParameterKey": "P", "ParameterValue": value}


@pytest.mark.parametrize(
    ("declared", "value", "words"),
    [
        ("{Type: String, AllowedValues: [a, b]}", "c", "'P' must be one of AllowedValues"),
        ("{Type: String, MinLength: 3}", "ab", "'P' must contain at least 3 characters"),
        ("{Type: String, MaxLength: 1}", "ab", "'P' must contain at most 1 characters"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "A", "'P' must match pattern [a-z]+"),
        ("{Type: Number}", "ten", "'P' must be a number"),
        ("{Type: Number, MinValue: 5}", "4", "'P' must be a number not less than 5"),
        ("{Type: Number, MaxValue: 5}", "6", "'P' must be a number not greater than 5"),
        (
            "{Type: Number, MaxValue: 5, ConstraintDescription: at most five}",
            "6",
            "Parameter P failed to satisfy constraint: at most five",
        ),
        ("{Type: Text}", "x", "Unrecognized parameter type: Text"),
        ("{Type: String, AllowedPattern: '['}", "x", "not a valid regular expression"),
        ("{Type: String}", "x" * 4097, "at most 4096 bytes"),
    ],
)
def test_a_value_that_breaks_its_declaration_is_refused(
    declared: str, value: str, words: str
) -> None:
    with pytest.raises(TemplateInvalid) as raised:
        resolve(declared, given(value))

    assert words in raised.value.message


def test_what_was_not_given_is_named() -> None:
    with pytest.raises(TemplateInvalid) as raised:
        resolve("{Type: String}")

    assert raised.value.message == "Parameters: [P] must have values"


def test_what_the_template_does_not_have_is_named() -> None:
    with pytest.raises(TemplateInvalid) as raised:
        resolve("{Type: String}", given("x"), {"ParameterKey": "R", "ParameterValue": "y"})

    assert raised.value.message == "Parameters: [R] do not exist in the template"


def test_a_previous_value_is_used_again() -> None:
    again = {"ParameterKey": "P", "UsePreviousValue": True}

    assert resolve("{Type: String}", again, P="old").values == {"P": "old"}


def test_lists_are_split_and_trimmed() -> None:
    assert resolve("{Type: CommaDelimitedList, Default: 'a, b'}").values == {"P": ["a", "b"]}
    assert resolve("{Type: List<Number>, Default: '1,2'}").values == {"P": ["1", "2"]}


def test_an_ssm_parameter_is_looked_up_and_then_known() -> None:
    declared = "{Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /names}"
    parsed = template(f"Parameters: {{P: {declared}}}{RESOURCES}")
    parameters = resolve_parameters(parsed.parameters, [], {})

    assert parameters.lookups == {"P": "/names"}
    known = with_lookups(parsed.parameters, parameters, {"/names": "a,b"})
    assert (known.values, known.resolved) == ({"P": ["a", "b"]}, {"P": "a,b"})


def test_an_ssm_parameter_that_is_not_there_is_named() -> None:
    declared = "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /gone}"
    parsed = template(f"Parameters: {{P: {declared}}}{RESOURCES}")

    with pytest.raises(TemplateInvalid, match=r"Unable to fetch parameters \[/gone\]"):
        with_lookups(parsed.parameters, resolve_parameters(parsed.parameters, [], {}), {})


def test_a_secret_parameter_is_marked() -> None:
    assert resolve("{Type: String, NoEcho: true, Default: x}").hidden == {"P"}
