"""
Request validators: parameters that must be there, and bodies that must fit their model.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from lambent.languages.regular_expressions import TooSlow, matcher
from lambent.services.apigateway.live.asked import Asked
from lambent.services.apigateway.live.deployed import Deployed
from lambent.services.apigateway.live.mapping import request_value
from lambent.services.apigateway.live.refusing import Refused
from lambent.services.apigateway.records import Document

_MOST_TOLD = 5


def check(asked: Asked, deployed: Deployed) -> None:
    """Raises Refused for a request that the method's validator does not let pass."""
    method = asked.endpoint.method
    validator = deployed.validators.get(method.get("requestValidatorId", ""))
    if validator is None:
        return
    if validator.get("validateRequestParameters"):
        _check_parameters(asked, method)
    if validator.get("validateRequestBody"):
        _check_body(asked, method.get("requestModels") or {}, deployed)


def _check_parameters(asked: Asked, method: Document) -> None:
    missing = [
        name.split(".", 3)[3]
        for name, required in (method.get("requestParameters") or {}).items()
        if required and request_value(name, asked, {}) in (None, "")
    ]
    if missing:
        message = f"Missing required request parameters: [{', '.join(missing)}]"
        raise Refused("BAD_REQUEST_PARAMETERS", message)


def _check_body(asked: Asked, models: Mapping[str, str], deployed: Deployed) -> None:
    name = models.get(asked.content_type) or models.get("$default")
    model = deployed.models.get(name or "")
    if name is None or model is None:
        return
    try:
        body = json.loads(asked.body)
    except (ValueError, RecursionError):
        raise Refused("BAD_REQUEST_BODY", details="[Unable to parse the body]") from None
    schema = deployed.schemas.get(name)
    if schema is None:
        schema = deployed.schemas[name] = _schema(model, deployed.models)
    try:
        found = list(islice(schema.iter_errors(body), _MOST_TOLD))
    except (RecursionError, TooSlow, re.error):
        raise Refused("BAD_REQUEST_BODY") from None
    if found:
        told = ", ".join(error.message for error in found)
        raise Refused("BAD_REQUEST_BODY", details=f"[{told}]")


def _schema(model: Document, models: Mapping[str, Document]) -> Any:
    """A model, ready to check. It may refer to others by their addresses."""
    # Slow imports, for those who validate.
    from jsonschema.validators import Draft4Validator, extend
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT4

    def retrieve(uri: str) -> Any:
        name = uri.rstrip("#/").rpartition("/")[2]
        text = models[name].get("schema") if name in models else None
        return Resource.from_contents(json.loads(text or "{}"), default_specification=DRAFT4)

    kind = extend(Draft4Validator, {"pattern": _pattern})
    # The registry is what the library itself calls for a reference.
    registry: Any = Registry(retrieve=retrieve)  # type: ignore[call-arg]
    return kind(json.loads(model.get("schema") or "{}"), registry=registry)


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    """In bounded time, as whoever wrote the pattern may not know who sends the text."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not matcher(pattern)(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")
