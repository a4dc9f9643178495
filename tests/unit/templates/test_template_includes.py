"""AWS::Include, as far as it is a matter of documents."""

from typing import Any

import pytest

from lambent.languages.templates.includes import (
    IncludeFailed,
    embedded_includes,
    snippet_of,
    transforms,
    with_embedded,
)
from lambent.languages.templates.reading import read_template


def document(text: str) -> dict[str, Any]:
    return read_template(text)


def include(name: str) -> str:
    return f"{{Name: AWS::Include, Parameters: {{Location: 's3://parts/{name}'}}}}"


def test_each_snippet_stands_where_it_was_included() -> None:
    written = document(
        f"""
        Mappings: {{Fn::Transform: {include("maps")}}}
        Resources:
          Fn::Transform: {include("resources")}
          Mine:
            Type: AWS::SQS::Queue
            Properties: {{Fn::Transform: [{include("first")}, {include("second")}], Delay: 1}}
          Others: [{{Body: {{Fn::Transform: {include("body")}}}}}]
        """
    )
    locations = [parameters["Location"] for parameters in embedded_includes(written)]

    assert with_embedded(written, iter({"From": location} for location in locations)) == {
        "Mappings": {"From": "s3://parts/maps"},
        "Resources": {
            "From": "s3://parts/resources",
            "Mine": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"From": "s3://parts/second", "Delay": 1},
            },
            "Others": [{"Body": {"From": "s3://parts/body"}}],
        },
    }


def test_nothing_is_included_among_parameters_and_no_other_macro_is_an_include() -> None:
    written = document(
        f"""
        Parameters: {{Fn::Transform: {include("no")}}}
        Resources: {{Fn::Transform: [{include("no")}, {{Name: Mine}}]}}
        """
    )

    assert list(embedded_includes(written)) == []
    assert with_embedded(written, iter(())) == written


def test_the_parts_of_a_template_are_transformed_before_the_whole() -> None:
    written = document(
        f"""
        Transform: [AWS::LanguageExtensions, {include("whole")}, AWS::Serverless-2016-10-31]
        Resources: {{A: {{Type: T, Properties: {{Fn::Transform: {include("part")}}}}}}}
        """
    )

    assert transforms(written) == (
        "AWS::Include",
        "AWS::LanguageExtensions",
        "AWS::Serverless-2016-10-31",
    )


def test_a_snippet_is_json_or_yaml() -> None:
    assert snippet_of('{"a": {"Ref": "B"}}') == snippet_of("a: {Ref: B}") == {"a": {"Ref": "B"}}


@pytest.mark.parametrize(
    "text", ["a: !Ref B", "a: !Sub [x, {}]", "- a", "a: {", "", f"Fn::Transform: {include('more')}"]
)
def test_what_is_not_plain_or_includes_more_is_no_snippet(text: str) -> None:
    """
    AWS knows neither YAML's short forms nor another include in what is included.
    """
    with pytest.raises(IncludeFailed, match="content should be valid Yaml/JSON"):
        snippet_of(text)
