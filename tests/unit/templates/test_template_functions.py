import json
from typing import Any

import pytest

from lambent.languages.templates.conditions import conditions_of, verdict
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.functions import evaluate, evaluate_text
from lambent.languages.templates.reading import read_template
from lambent.languages.templates.scope import UNKNOWN
from tests.unit.templates.making import scope

TEMPLATE = """
Parameters:
  Env: {Type: String, Default: dev}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
  Size: {Type: Number, Default: 128}
Mappings:
  Sizes:
    eu-west-1: {small: 256, names: [x, y]}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  Either: !Or [!Condition IsProd, !Condition IsDev]
  Both: !And [!Condition IsProd, !Condition IsDev]
Resources:
  Queue: {Type: "AWS::SQS::Queue"}
  Prod: {Type: "AWS::SQS::Queue", Condition: IsProd}
"""


def value(text: str, **given: Any) -> Any:
    return evaluate(scope(TEMPLATE, **given), read_template(f"v: {text}"))["v"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!Ref Env", "dev"),
        ("!Ref Zones", ["a", "b", "c"]),
        ("!Ref AWS::Region", "eu-west-1"),
        ("!Sub '${Env}-${AWS::AccountId}-${!Literal}-${Size}'", "dev-000000000000-${Literal}-128"),
        ("!Sub ['${a}/${Env}/${b}', {a: 1, b: !Ref Env}]", "1/dev/dev"),
        ("!Sub 'a ${} b'", None),
        ("!Sub 'cost: 5$'", "cost: 5$"),
        ("!Join ['-', [a, !Ref Env, 3, true]]", "a-dev-3-true"),
        ("!Join [',', !Ref Zones]", "a,b,c"),
        ("!Join [',', [a, !Ref AWS::NoValue, b]]", "a,b"),
        ("!Select [1, !Ref Zones]", "b"),
        ("!Select ['2', !Split ['|', 'x|y|z']]", "z"),
        ("!Split [',', 'a,,b']", ["a", "", "b"]),
        ("!If [IsProd, 1, 2]", 2),
        ("!FindInMap [Sizes, !Ref AWS::Region, small]", 256),
        ("!FindInMap [Sizes, eu-west-1, names]", ["x", "y"]),
        ("!Base64 hello", "aGVsbG8="),
        ("!Cidr ['10.0.0.0/16', 3, 8]", ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
        ("!GetAZs ''", ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ("{a: !Ref AWS::NoValue, b: [1, !Ref AWS::NoValue]}", {"b": [1]}),
        ("!Ref Queue", UNKNOWN),
        ("!Join ['', [x, !GetAtt Queue.Arn]]", UNKNOWN),
        ("!Sub '${Queue.Arn}/x'", UNKNOWN),
        ("{Condition: {StringEquals: {a: b}}}", {"Condition": {"StringEquals": {"a": "b"}}}),
        ("{Ref: Env, other: 1}", {"Ref": "Env", "other": 1}),
    ],
)
def test_functions_give_what_they_stand_for(written: str, expected: Any) -> None:
    if expected is None:
        with pytest.raises(TemplateInvalid, match="variable names in Fn::Sub"):
            value(written)
    else:
        assert value(written) == expected


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("!Select [3, !Ref Zones]", "Fn::Select cannot select nonexistent value at index 3"),
        ("!Select [-1, !Ref Zones]", "Fn::Select requires a list argument with a valid index"),
        ("!Join [',']", "every Fn::Join object requires two parameters"),
        ("!Join [',', [{a: 1}]]", "Fn::Join values must be strings"),
        ("!Split ['', abc]", "every Fn::Split object requires two parameters"),
        ("!Sub [a, b, c]", "One or more Fn::Sub intrinsic functions don't specify expected"),
        ("!FindInMap [Sizes, mars, small]", "Unable to get mapping for Sizes::mars::small"),
        ("!FindInMap [Shapes, a, b]", "Mapping named 'Shapes' is not present"),
        ("!Ref Prod", "Unresolved resource dependencies [Prod] in the Resources block"),
        ("!GetAtt Queue", "every Fn::GetAtt object requires two non-empty parameters"),
        ("!ImportValue shop-url", "No export named shop-url found."),
        ("!If [Unheard, 1, 2]", "unresolved condition dependency Unheard in Fn::If"),
        ("{Fn::Reverse: [1]}", "Encountered unsupported function: Fn::Reverse Supported"),
        ("!Length [1, 2]", "Encountered unsupported function: Fn::Length"),
        ("!Transform {Name: AWS::Include, Parameters: {}}", "No transform named AWS::Include"),
        ("!Cidr ['10.0.0.0/24', 300, 2]", "Fn::Cidr is not able to use"),
        ("!Cidr ['10.0.0.0/24', 100, 2]", "Fn::Cidr cannot make 100 blocks of /30"),
        ("{Ref: [Env]}", "every Ref object must have a single String value."),
    ],
)
def test_a_function_used_wrongly_says_so_in_the_words_of_cloudformation(
    written: str, words: str
) -> None:
    with pytest.raises(TemplateInvalid) as raised:
        value(written)

    assert words in raised.value.message


def test_conditions_are_worked_out_through_each_other() -> None:
    held = scope(TEMPLATE, Env="prod").conditions

    assert held == {"IsProd": True, "IsDev": False, "Either": True, "Both": False}


def test_conditions_in_a_circle_are_refused() -> None:
    with pytest.raises(TemplateInvalid, match="Circular dependency between conditions"):
        conditions_of(
            scope(
                "Conditions: {A: !Condition B, B: !Not [!Condition A]}\n"
                "Resources: {Q: {Type: 'AWS::SQS::Queue'}}"
            )
        )


def test_rules_know_more_functions_than_conditions() -> None:
    here = scope(TEMPLATE)

    assert verdict(here, {"Fn::Contains": [["dev", "test"], {"Ref": "Env"}]})
    assert not verdict(here, {"Fn::Contains": [["prod"], {"Ref": "Env"}]})
    assert verdict(here, {"Fn::EachMemberIn": [{"Ref": "Zones"}, ["a", "b", "c", "d"]]})


def test_language_extensions_bring_their_functions() -> None:
    here = scope(TEMPLATE, extended=True)

    assert evaluate(here, {"Fn::Length": {"Ref": "Zones"}}) == 3
    assert json.loads(evaluate(here, {"Fn::ToJsonString": {"a": {"Ref": "Env"}}})) == {"a": "dev"}
    lookup = {"Fn::FindInMap": ["Sizes", "x", "y", {"DefaultValue": 7}]}
    assert evaluate(here, lookup) == 7


def test_an_import_is_what_another_stack_exports() -> None:
    here = scope(TEMPLATE, exports={"net-dev": "vpc-1"})

    assert evaluate(here, {"Fn::ImportValue": {"Fn::Sub": "net-${Env}"}}) == "vpc-1"


def test_a_function_cannot_make_a_text_of_any_size() -> None:
    grown: Any = "x" * 900
    for _ in range(6):
        grown = {"Fn::Join": ["", [grown] * 10]}

    with pytest.raises(TemplateInvalid, match="longer than 1000000 characters"):
        evaluate(scope(TEMPLATE), grown)


def test_an_output_must_be_text() -> None:
    assert evaluate_text(scope(TEMPLATE), {"Ref": "Size"}, "Outputs/S") == "128"
    with pytest.raises(TemplateInvalid, match="must be a string"):
        evaluate_text(scope(TEMPLATE), {"Ref": "Zones"}, "Outputs/Z")
