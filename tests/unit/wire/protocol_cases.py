"""
The protocol cases of botocore's own tests, read from beside the repository.

An input case says what request some params become; an output case what result some response
means. We read both backwards.
"""

import base64
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambent.wire.messages import HttpRequest
from lambent.wire.model import ServiceModel, Shape, model_from_json
from lambent.wire.timestamps import read_timestamp

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "wire-protocols"


@dataclass(frozen=True)
class Case:
    id: str
    protocol: str
    raw_model: dict[str, Any]
    operation: str
    content: dict[str, Any]

    @property
    def model(self) -> ServiceModel:
        return model_from_json(self.raw_model)


def cases(direction: str) -> Iterator[Case]:
    for folder in (FOLDER / direction, FOLDER / "legacy" / direction):
        for path in sorted(folder.glob("*.json")):
            prefix = "legacy-" if "legacy" in folder.parts else ""
            for number, suite in enumerate(json.loads(path.read_text())):
                yield from _suite_cases(f"{prefix}{path.stem}-{number}", suite)


def _suite_cases(name: str, suite: dict[str, Any]) -> Iterator[Case]:
    for number, content in enumerate(suite["cases"]):
        given = {"name": f"Operation{number}", "http": {}, **content["given"]}
        metadata = {
            "endpointPrefix": "example",
            "apiVersion": "2020-01-01",
            "jsonVersion": "1.0",
            "targetPrefix": "Example",
            **suite["metadata"],
        }
        raw = {
            "metadata": metadata,
            "operations": {given["name"]: given},
            "shapes": suite["shapes"],
        }
        yield Case(
            id=f"{name}-{content.get('id', number)}",
            protocol=metadata["protocol"],
            raw_model=raw,
            operation=given["name"],
            content=content,
        )


def request_of(case: Case) -> HttpRequest:
    serialized = case.content["serialized"]
    body = serialized.get("body", "")
    is_cbor = case.protocol == "smithy-rpc-v2-cbor"
    encoded = base64.b64decode(body) if is_cbor else body.encode()
    path, _, query = serialized["uri"].partition("?")
    headers = {name.lower(): value for name, value in serialized.get("headers", {}).items()}
    operation = case.raw_model["operations"][case.operation]
    method = serialized.get("method") or operation["http"].get("method", "POST")
    return HttpRequest(method, path, query, headers, encoded)


def as_params(shape: Shape | None, value: Any) -> Any:
    """A value of the cases, which are JSON, as boto3 would give it: blobs as bytes, and so on."""
    if shape is None or value is None or shape.is_document:
        return value
    if shape.is_event_stream and isinstance(value, list):
        return [as_params(shape, event) for event in value]
    match shape.type:
        case "structure":
            return {
                name: as_params(shape.members[name], item)
                for name, item in value.items()
                if item is not None
            }
        case "list":
            return [as_params(shape.member, item) for item in value]
        case "map":
            return {key: as_params(shape.value, item) for key, item in value.items()}
        case "blob":
            return value.encode() if isinstance(value, str) else value
        case "timestamp":
            return value.timestamp() if hasattr(value, "timestamp") else read_timestamp(value)
        case "float" | "double":
            return float(value)
    return value


def plain(value: Any) -> Any:
    """NaN equals NaN; datetimes are epoch seconds; streams are what they hold."""
    if isinstance(value, float) and math.isnan(value):
        return "a NaN"
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "timestamp"):
        return value.timestamp()
    return value
