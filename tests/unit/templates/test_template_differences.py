from typing import Any

import pytest

from lambent.languages.templates.differences import Change, Recreation, Standing, differences
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.graph import dependencies
from tests.unit.templates.making import scope

FUNCTION = """
Resources:
  Role: {Type: Role, Properties: {RoleName: worker}}
  Function: {Type: Function, Properties: {Role: !GetAtt Role.Arn, Timeout: 3}}
  Alias: {Type: Alias, Properties: {Target: !Ref Function}}
"""
STANDING = {
    "Role": Standing("Role", "Role", "worker", {"RoleName": "worker"}, {"Arn": "arn:worker"}),
    "Function": Standing(
        "Function", "Function", "fn", {"Role": "arn:worker", "Timeout": 3}, {"Arn": "arn:fn"}
    ),
    "Alias": Standing("Alias", "Alias", "alias", {"Target": "fn"}, {}),
}


def recreation(type_name: str, name: str) -> Recreation:
    return "Always" if name in ("RoleName", "Target") else "Never"


def changes(text: str, standing: Any = STANDING) -> dict[str, Change]:
    here = scope(text)
    found = differences(here, dependencies(here), standing, recreation=recreation)
    return {change.logical_id: change for change in found}


def test_nothing_differs_when_the_template_is_the_same() -> None:
    assert changes(FUNCTION) == {}


def test_a_change_in_place_touches_that_resource_only() -> None:
    found = changes(FUNCTION.replace("Timeout: 3", "Timeout: 9"))

    assert list(found) == ["Function"]
    assert (found["Function"].action, found["Function"].replacement) == ("Modify", "False")
    assert found["Function"].scope == ("Properties",)


def test_what_refers_to_a_replaced_resource_may_change_as_well() -> None:
    found = changes(FUNCTION.replace("RoleName: worker", "RoleName: other"))

    assert {name: change.replacement for name, change in found.items()} == {
        "Role": "True",
        "Function": "False",
    }
    [detail] = found["Function"].details
    assert (detail.name, detail.evaluation) == ("Role", "Dynamic")


def test_what_is_new_is_added_and_what_is_gone_is_removed() -> None:
    found = changes(FUNCTION.replace("  Alias: {Type: Alias", "  Other: {Type: Alias"))

    assert {name: change.action for name, change in found.items()} == {
        "Other": "Add",
        "Alias": "Remove",
    }


def test_metadata_alone_is_a_change() -> None:
    found = changes(FUNCTION.replace("Role: {Type: Role,", "Role: {Type: Role, Metadata: {a: 1},"))

    assert found["Role"].scope == ("Metadata",)


def test_a_resource_may_not_become_another_type() -> None:
    with pytest.raises(TemplateInvalid, match=r"the following resources: \[Alias\]"):
        changes(FUNCTION.replace("Type: Alias", "Type: Version"))
