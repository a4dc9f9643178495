"""
Resource types by name.

The tables are data of the services that they make resources of (`services/*/resources.py`); they
are read when a type of that service is first named.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from lambent.languages.templates.differences import Recreation
from lambent.languages.templates.document import Template
from lambent.languages.templates.graph import attribute_references
from lambent.languages.templates.resource_types import Properties, ResourceType, properties_of
from lambent.services.cloudformation.errors import ValidationError
from lambent.wire.model import snake_case

# The second word of a type → the folder of the service.
_FOLDERS = {
    "AWS::ApiGateway": "apigateway",
    "AWS::ApiGatewayV2": "apigatewayv2",
    "AWS::CDK": "cloudformation",
    "AWS::CloudFormation": "cloudformation",
    "AWS::DynamoDB": "dynamodb",
    "AWS::Events": "events",
    "AWS::IAM": "iam",
    "AWS::Lambda": "lambda_",
    "AWS::Logs": "logs",
    "AWS::S3": "s3",
    "AWS::SNS": "sns",
    "AWS::SQS": "sqs",
    "AWS::Scheduler": "scheduler",
    "AWS::StepFunctions": "stepfunctions",
    "Custom": "cloudformation",
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@cache
def _tables(folder: str) -> dict[str, ResourceType]:
    name = f"lambent.services.{folder}.resources"
    if find_spec(f"lambent.services.{folder}") is None or find_spec(name) is None:
        return {}
    module = import_module(name)
    api = import_module(f"lambent.services.{folder}.api")
    return {table.name: table for table in module.RESOURCE_TYPES if _can_be_made(table, api)}


def _can_be_made(table: ResourceType, api: ModuleType) -> bool:
    """A type whose operations Lambent does not have yet is one that it does not have."""
    calls = (table.create, table.read, table.delete)
    return all(hasattr(api, snake_case(call.operation)) for call in calls if call is not None)


def find_type(name: str) -> ResourceType | None:
    """The table of a type, None for one that Lambent does not have."""
    folder = _FOLDERS.get(name.rsplit("::", 1)[0])
    if folder is None:
        return None
    tables = _tables(folder)
    if name.startswith("Custom::"):
        return tables.get("AWS::CloudFormation::CustomResource")
    return tables.get(name)


def get_type(name: str) -> ResourceType:
    found = find_type(name)
    if found is None:
        raise unrecognized([name])
    return found


def check_types(template: Template) -> None:
    """Every type of the template is one that Lambent can make."""
    unknown = {
        resource.type: None
        for resource in template.resources.values()
        if find_type(resource.type) is None
    }
    if unknown:
        raise unrecognized(list(unknown))


def check_attributes(template: Template) -> None:
    """Every attribute that Fn::GetAtt asks for is one that the type has."""
    parts = [*(one.properties for one in template.resources.values()), *template.outputs.values()]
    for name, attribute in attribute_references(parts):
        resource = template.resources.get(name)
        table = find_type(resource.type) if resource is not None else None
        if table is None or not table.closed or table.further_attributes is not None:
            continue
        if attribute not in table.attributes and table.name not in _OWN_ATTRIBUTES:
            raise ValidationError(
                f"Template error: resource {name} does not support attribute type {attribute} in"
                " Fn::GetAtt"
            )


# What answers by itself says what it has.
_OWN_ATTRIBUTES = frozenset({"AWS::CloudFormation::WaitCondition"})


def unrecognized(names: list[str]) -> ValidationError:
    return ValidationError(
        f"Template format error: Unrecognized resource types: [{', '.join(names)}]"
    )


def recreation(type_name: str, name: str) -> Recreation:
    """Does a change of this property make another resource?"""
    table = find_type(type_name)
    if table is None:
        return "Never"
    return "Always" if table.always_replaced or name in table.replaced_by else "Never"


def check_properties(table: ResourceType, properties: Properties) -> None:
    """The properties against the table: none that it does not know, all that it requires."""
    if not table.closed:
        return
    problems = [
        f"#: required key [{name}] not found" for name in table.required if name not in properties
    ]
    known = properties_of(table)
    problems += [
        f"#: extraneous key [{name}] is not permitted" for name in properties if name not in known
    ]
    if problems:
        raise ValidationError(
            f"Properties validation failed for resource of type {table.name} with message:"
            f" [{', '.join(problems)}]"
        )


class PropertiesInvalid(ValidationError):
    """A property is not of the type that it must have."""


@contextmanager
def reading_properties(table: ResourceType) -> Iterator[None]:
    """
    A table reads properties in the types that their documentation gives them.

    One of another type shows when it is read, and then it is the template that is wrong.
    """
    try:
        yield
    except (TypeError, AttributeError, LookupError, ValueError) as error:
        raise PropertiesInvalid(
            f"Properties validation failed for resource of type {table.name} with message:"
            f" [#: a property is not of the expected type: {error}]"
        ) from error


def with_stack_tags(type_name: str, properties: dict[str, Any], tags: Any) -> dict[str, Any]:
    """The properties with the stack's tags, where the resource does not have its own."""
    table = find_type(type_name)
    if table is None or not table.taggable or not tags:
        return properties
    own = properties.get("Tags", {} if table.tags_are_map else [])
    if isinstance(own, dict):
        return {**properties, "Tags": {tag["Key"]: tag["Value"] for tag in tags} | own}
    if not isinstance(own, list):
        return properties
    keys = {tag.get("Key") for tag in own if isinstance(tag, dict)}
    more = [dict(tag) for tag in tags if tag["Key"] not in keys]
    return {**properties, "Tags": [*own, *more]}


def generated_name(
    table: ResourceType, stack_name: str, logical_id: str, cause: str, properties: Properties
) -> str:
    """
    `stack-Logical-RANDOM`, the same for the same cause: a creation that was interrupted and is
    begun again finds what it made.
    """
    digest = int.from_bytes(sha256(cause.encode()).digest()[:16])
    random = "".join(_LETTERS[digest // 36**place % 36] for place in range(12))
    suffix = table.name_suffix(properties)
    room = table.name_limit - len(random) - len(suffix) - 2
    resource = logical_id[: max(room // 2, room - len(stack_name))]
    name = f"{stack_name[: room - len(resource)]}-{resource}-{random}{suffix}"
    return name.lower() if table.name_lowercase else name
