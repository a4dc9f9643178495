"""The rules that every table of a resource type keeps."""

from importlib import import_module
from pathlib import Path

import pytest

import lambent.services
from lambent import registry
from lambent.languages.templates.resource_types import Call, ResourceType, properties_of
from lambent.services.cloudformation.types import find_type, generated_name
from lambent.wire import model
from lambent.wire.model import Shape

_FOLDERS = sorted(
    path.parent.name for path in Path(lambent.services.__path__[0]).glob("*/resources.py")
)
TABLES: list[ResourceType] = [
    table
    for folder in _FOLDERS
    for table in import_module(f"lambent.services.{folder}.resources").RESOURCE_TYPES
]
EVERY = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def calls(table: ResourceType) -> list[Call]:
    found = [table.create, table.read, table.delete, table.tag, table.untag]
    found += [one.call for one in table.updates]
    found += [part.put for part in table.parts] + [part.remove for part in table.parts]
    found += [one.call for one in (*table.settling, *table.going)]
    return [call for call in found if call is not None]


def has_member(shape: Shape, path: str) -> bool:
    for name in path.split("."):
        if shape.type == "map":
            shape = shape.value
            continue
        members = {member.lower(): child for member, child in shape.members.items()}
        if name.lower() not in members:
            return False
        shape = members[name.lower()]
    return True


@EVERY
def test_a_table_names_operations_and_parameters_that_exist(table: ResourceType) -> None:
    for call in calls(table):
        shape = model.operation(table.service, call.operation).input_shape
        assert shape is not None
        assert [name for name in call.params if not has_member(shape, name)] == []
        assert [
            name
            for name in shape.required_members
            if name not in {p.split(".")[0] for p in call.params}
        ] == []


@EVERY
def test_a_table_is_found_by_its_name_if_its_operations_are_there(table: ResourceType) -> None:
    needed = {call.operation for call in (table.create, table.read, table.delete) if call}
    can_be_made = needed <= set(registry.operations(table.service))

    assert find_type(table.name) is (table if can_be_made else None)


@EVERY
def test_what_replaces_a_resource_is_a_property_of_it(table: ResourceType) -> None:
    assert table.replaced_by <= properties_of(table)


@EVERY
def test_a_generated_name_fits_and_is_the_same_for_the_same_cause(table: ResourceType) -> None:
    first = generated_name(table, "s" * 128, "L" * 255, "cause", {})

    assert len(first) <= table.name_limit
    assert first == generated_name(table, "s" * 128, "L" * 255, "cause", {})
    assert first != generated_name(table, "s" * 128, "L" * 255, "another", {})


def test_custom_resources_have_any_name() -> None:
    found = find_type("Custom::AnythingAtAll")

    assert found is not None and found.name == "AWS::CloudFormation::CustomResource"


def test_a_type_of_no_service_is_not_found() -> None:
    assert find_type("AWS::Moon::Base") is None
    assert find_type("AWS::SQS::Pile") is None
    assert find_type("nothing") is None
