import pytest

from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.foreach import unrolled
from lambent.languages.templates.reading import read_template


def test_a_loop_makes_a_resource_for_each_item() -> None:
    document = read_template(
        """
        Resources:
          Fn::ForEach::Topics:
            - Name
            - !Ref Names
            - Topic${Name}:
                Type: AWS::SNS::Topic
                Properties: {TopicName: !Sub "${Name}.fifo", Display: !Ref Name}
        """
    )

    assert unrolled(document, {"Names": ["A", "B"]})["Resources"] == {
        "TopicA": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Fn::Sub": "A.fifo"}, "Display": "A"},
        },
        "TopicB": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Fn::Sub": "B.fifo"}, "Display": "B"},
        },
    }


def test_loops_inside_loops_are_bounded() -> None:
    letters = ", ".join(f"i{n}" for n in range(50))
    body = "R: {Type: T}"
    for depth in range(4):
        body = f"'Fn::ForEach::L{depth}': [V{depth}, [{letters}], {{{body}}}]"

    with pytest.raises(TemplateInvalid, match="more than 10000 items"):
        unrolled(read_template(f"Resources: {{{body}}}"), {})


def test_a_loop_of_another_form_is_refused() -> None:
    with pytest.raises(TemplateInvalid, match="Fn::ForEach::X layout is incorrect"):
        unrolled({"Resources": {"Fn::ForEach::X": ["a"]}}, {})
