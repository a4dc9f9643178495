import json
from typing import Any

import pytest

from lambent.languages.templates.document import parse_template
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.graph import check_references

QUEUE = {"Type": "AWS::SQS::Queue"}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "Template format error: At least one Resources member must be defined."),
        ({"Resource": {}}, "Invalid template property or properties [Resource]"),
        (
            {"AWSTemplateFormatVersion": "2011-01-01", "Resources": {"Q": QUEUE}},
            "2011-01-01 is not a supported value for AWSTemplateFormatVersion.",
        ),
        (
            {"Resources": {"Q": {"Properties": {}}}},
            "[/Resources/Q] Every Resources object must contain a Type member.",
        ),
        ({"Resources": {"my-queue": QUEUE}}, "Resource name my-queue is non alphanumeric."),
        (
            {"Resources": {"Q": {**QUEUE, "Propertys": {}}}},
            "Invalid template resource property 'Propertys'",
        ),
        (
            {"Resources": {"Q": {**QUEUE, "Properties": {"QueueName": None}}}},
            "[/Resources/Q/Properties/QueueName] 'null' values are not allowed in templates",
        ),
        (
            {"Resources": {"Q": {**QUEUE, "DeletionPolicy": "Keep"}}},
            "Unrecognized DeletionPolicy Keep for resource Q",
        ),
        (
            {"Resources": {f"Q{n}": QUEUE for n in range(501)}},
            "Number of resources, 501, is greater than maximum allowed, 500",
        ),
        (
            {"Resources": {"Q": QUEUE}, "Outputs": {"Url": {"Description": "no value"}}},
            "[/Outputs/Url] Every Outputs object must contain a Value member.",
        ),
        ({"Resources": {"Q": "AWS::SQS::Queue"}}, "Any Resources member must be an object."),
        ({"Resources": []}, "Resources must be an object."),
    ],
)
def test_what_is_not_a_template_is_said_in_the_words_of_cloudformation(
    document: dict[str, Any], words: str
) -> None:
    with pytest.raises(TemplateInvalid) as raised:
        parse_template(document)

    assert words in raised.value.message


def test_a_reference_to_nothing_is_named_with_its_block() -> None:
    document = {
        "Resources": {"Q": {**QUEUE, "Properties": {"QueueName": {"Fn::Sub": "${Missing}-x"}}}},
    }

    with pytest.raises(TemplateInvalid) as raised:
        check_references(parse_template(document))

    assert raised.value.message == (
        "Template format error: Unresolved resource dependencies [Missing] in the Resources block"
        " of the template"
    )


def test_a_reference_to_nothing_in_the_outputs_is_theirs() -> None:
    document = {"Resources": {"Q": QUEUE}, "Outputs": {"O": {"Value": {"Ref": "Nothing"}}}}

    with pytest.raises(TemplateInvalid, match=r"\[Nothing\] in the Outputs block"):
        check_references(parse_template(document))


def test_conditions_may_not_look_at_resources() -> None:
    document = {
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "Q"}, "x"]}},
        "Resources": {"Q": QUEUE},
    }

    with pytest.raises(TemplateInvalid, match="Cannot reference resources in the Conditions"):
        check_references(parse_template(document))


def test_a_policy_written_as_a_function_is_left_for_later() -> None:
    document = json.loads(
        '{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "DeletionPolicy": {"Ref": "P"}}}}'
    )

    assert parse_template(document).resources["Q"].deletion_policy == {"Ref": "P"}
