"""The schemas of a document as the models of an API. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

from lambent.services.apigateway.openapi.document import Json, is_swagger, members

_REFERENCE = re.compile(r"#/(?:definitions|components/schemas)/(.+)")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]")


class Models:
    """The models that a document needs; those without a name get one."""

    def __init__(self, document: Mapping[str, Any], api_id: str) -> None:
        self._api_id = api_id
        self.schemas: dict[str, Json] = {}
        found = (
            members(document.get("definitions"))
            if is_swagger(document)
            else members(members(document.get("components")).get("schemas"))
        )
        for name, schema in found.items():
            self.schemas[model_name(name)] = self._own(schema)

    def name_of(self, schema: Any, hint: str) -> str | None:
        """The model of a schema; None where there is no schema."""
        if not isinstance(schema, dict) or not schema:
            return None
        reference = _REFERENCE.fullmatch(str(schema.get("$ref", "")))
        if reference:
            return model_name(reference[1])
        name = model_name(f"MODEL{hint}")
        self.schemas.setdefault(name, self._own(schema))
        return name

    def documents(self) -> dict[str, str]:
        """Name → JSON schema, as a text."""
        return {name: json.dumps(schema, indent=2) for name, schema in self.schemas.items()}

    def _own(self, schema: Any) -> Any:
        """AWS: references between models are addresses."""
        if isinstance(schema, list):
            return [self._own(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        found = _REFERENCE.fullmatch(str(schema.get("$ref", "")))
        if found:
            name = model_name(found[1])
            address = f"https://apigateway.amazonaws.com/restapis/{self._api_id}/models/{name}"
            return {"$ref": address}
        return {key: self._own(value) for key, value in schema.items()}


def model_name(name: str) -> str:
    return _NOT_IN_NAMES.sub("", name) or "Model"
