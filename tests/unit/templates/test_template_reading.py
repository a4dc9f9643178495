import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.core.errors import AwsError
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.reading import MAX_DEPTH, read_template

SHORT_FORMS = """
A: !Ref Topic
B: !GetAtt Function.Arn
C: !GetAtt [Stack, Outputs.Url]
D: !Sub "${AWS::Region}-x"
E: !Join ["-", [a, !Ref B]]
F: !If [IsProd, 1, !Ref AWS::NoValue]
G: !Base64
  Fn::Sub: hello
H: !Select [0, !GetAZs ""]
I: !Not [!Condition IsProd]
"""


def test_short_forms_become_the_functions_they_stand_for() -> None:
    assert read_template(SHORT_FORMS) == {
        "A": {"Ref": "Topic"},
        "B": {"Fn::GetAtt": ["Function", "Arn"]},
        "C": {"Fn::GetAtt": ["Stack", "Outputs.Url"]},
        "D": {"Fn::Sub": "${AWS::Region}-x"},
        "E": {"Fn::Join": ["-", ["a", {"Ref": "B"}]]},
        "F": {"Fn::If": ["IsProd", 1, {"Ref": "AWS::NoValue"}]},
        "G": {"Fn::Base64": {"Fn::Sub": "hello"}},
        "H": {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
        "I": {"Fn::Not": [{"Condition": "IsProd"}]},
    }


def test_dates_and_keys_stay_the_text_that_was_written() -> None:
    text = "AWSTemplateFormatVersion: 2010-09-09\nM: {012345678901: {on: yes, off: 12:30}}"

    assert read_template(text) == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "M": {"012345678901": {"on": True, "off": "12:30"}},
    }


def test_numbers_are_numbers_and_quoted_ones_are_text() -> None:
    text = "a: 30\nb: '30'\nc: 1.5\nd: 0x1F\ne: 010\nf: 1_000\ng: !!str 7\nh: |\n  two\n  lines\n"

    assert read_template(text) == {
        "a": 30,
        "b": "30",
        "c": 1.5,
        "d": 31,
        "e": 8,
        "f": 1000,
        "g": "7",
        "h": "two\nlines\n",
    }


def test_json_says_where_it_is_not_well_formed() -> None:
    with pytest.raises(TemplateInvalid, match=r"JSON not well-formed. .line 2, column 8"):
        read_template('{\n  "a": ,\n}')


def test_integers_beyond_64_bits_are_kept() -> None:
    assert read_template('{"a": 123456789012345678901234567890}') == {
        "a": 123456789012345678901234567890
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2", "YAML not well-formed. (line 2, column 1)"),
        ("a: &x [1]\nb: *x", "YAML aliases are not allowed in CloudFormation templates"),
        ("a: 1\na: 2", "YAML not well-formed. (line 2, column 1)"),
        ("a: !Fetch x", "Unrecognized tag: !Fetch"),
        ("- a", "unsupported structure."),
        ("", "unsupported structure."),
        ("hello", "unsupported structure."),
        ("a: 1\n---\nb: 2", "YAML not well-formed. (line 2, column 1)"),
        ("? [a]\n: 1", "YAML not well-formed."),
        ("{" + '"a":{' * 3000, "nested deeper than"),
        ('{"a":' * 500 + "1" + "}" * 500, f"nested deeper than {MAX_DEPTH} levels"),
        ("[" * 5000, f"nested deeper than {MAX_DEPTH} levels"),
        ('{"a": NaN}', "JSON not well-formed"),
        ("a: \x00", "YAML not well-formed"),
    ],
)
def test_a_text_that_is_no_template_is_refused(text: str, words: str) -> None:
    with pytest.raises(TemplateInvalid) as raised:
        read_template(text)

    assert words in raised.value.message


@given(st.text(alphabet='{}[]:,&*!#|>-"\n abRef', max_size=80))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        read_template(text)
    except AwsError as error:
        assert error.code == "ValidationError"
