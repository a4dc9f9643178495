import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.graph import dependencies, ordered
from tests.unit.templates.making import scope, template

SHOP = """
Conditions: {Never: !Equals [a, b]}
Resources:
  Alias: {Type: T, Properties: {Version: !GetAtt Version.Version}}
  Version: {Type: T, Properties: {Function: !Ref Function}}
  Function: {Type: T, DependsOn: Logs, Properties: {Role: !GetAtt Role.Arn}}
  Role: {Type: T}
  Logs: {Type: T}
  Machine:
    Type: T
    Properties: {Text: !Sub ["${alias} ${Role.Arn}", {alias: !Ref Alias}]}
  Idle: {Type: T, Condition: Never, Properties: {X: !Ref Machine}}
  Chooser: {Type: T, DependsOn: [Idle], Properties: {X: !If [Never, !Ref Idle, !Ref Logs]}}
"""


def test_every_kind_of_reference_is_a_need() -> None:
    assert dependencies(scope(SHOP)) == {
        "Alias": ("Version",),
        "Version": ("Function",),
        "Function": ("Logs", "Role"),
        "Role": (),
        "Logs": (),
        "Machine": ("Role", "Alias"),
        "Chooser": ("Logs",),
    }


def test_resources_in_a_circle_are_named() -> None:
    text = """
    Resources:
      A: {Type: T, Properties: {X: !Ref B}}
      B: {Type: T, DependsOn: A}
      C: {Type: T, DependsOn: B}
      D: {Type: T}
    """

    with pytest.raises(TemplateInvalid) as raised:
        dependencies(scope(text))

    assert raised.value.message == "Circular dependency between resources: [A, B]"


def test_a_resource_may_not_need_itself() -> None:
    with pytest.raises(TemplateInvalid, match=r"between resources: \[A\]"):
        dependencies(scope("Resources: {A: {Type: T, Properties: {X: !Ref A}}}"))


def test_depending_on_what_is_not_there_is_refused() -> None:
    with pytest.raises(TemplateInvalid, match=r"Unresolved resource dependencies \[Z\]"):
        dependencies(scope("Resources: {A: {Type: T, DependsOn: Z}}"))


@given(st.lists(st.lists(st.integers(0, 30)), max_size=30))
def test_in_the_order_every_need_comes_first(drawn: list[list[int]]) -> None:
    graph = {
        str(name): tuple(str(need) for need in needs if need < name)
        for name, needs in enumerate(drawn)
    }

    order = ordered(graph)

    assert sorted(order) == sorted(graph)
    assert all(
        order.index(need) < order.index(name) for name, needs in graph.items() for need in needs
    )


def test_a_long_chain_is_no_trouble() -> None:
    links = "\n".join(f"  R{n}: {{Type: T, DependsOn: R{n + 1}}}" for n in range(499))
    text = f"Resources:\n{links}\n  R499: {{Type: T}}"

    assert ordered(dependencies(scope(text)))[0] == "R499"
    assert len(template(text).resources) == 500
