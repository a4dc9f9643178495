"""A document's text, and the references within it. Pure."""

from collections.abc import Mapping
from typing import Any

from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.reading import read_template
from lambent.services.apigateway.errors import BadRequest

Json = dict[str, Any]
_MOST_REFERENCES = 20


def parsed(body: bytes) -> Json:
    """The document of a body in JSON or YAML. Raises BadRequest."""
    try:
        document = read_template(body.decode())
    except UnicodeDecodeError:
        raise _unreadable("it is not encoded in UTF-8") from None
    except TemplateInvalid as error:
        raise _unreadable(str(error)) from None
    if not str(document.get("openapi", "")).startswith("3.") and document.get("swagger") != "2.0":
        raise BadRequest("Invalid OpenAPI input. 'swagger: 2.0' or 'openapi: 3.0.x' is missing.")
    return document


def _unreadable(why: str) -> BadRequest:
    return BadRequest(f"Unable to parse API definition because of a malformed document: {why}")


def is_swagger(document: Mapping[str, Any]) -> bool:
    return "swagger" in document


def resolved(document: Mapping[str, Any], value: Any) -> Any:
    """What a value is, if it is a reference to another place of the document."""
    for _ in range(_MOST_REFERENCES):
        if not isinstance(value, dict) or "$ref" not in value:
            return value
        value = _at(document, str(value["$ref"]))
    raise BadRequest("Invalid OpenAPI input. References lead nowhere.")


def _at(document: Mapping[str, Any], reference: str) -> Any:
    root, _, path = reference.partition("#/")
    value: Any = document
    for part in path.split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        value = value.get(name) if isinstance(value, dict) else None
    if root or value is None:
        raise BadRequest(f"Invalid OpenAPI input. There is no {reference}.")
    return value


def members(value: Any) -> Json:
    """A value that should be an object, as one."""
    return value if isinstance(value, dict) else {}
