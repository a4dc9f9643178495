"""
The service models: botocore's data, read without importing botocore.

Only this file knows where they are. A model is read when the service is first named; its
shapes are resolved when they are first asked for.
"""

import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from lambent.core.errors import Impossible
from lambent.wire.model_patches import patch_model

_SERVICE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_MODEL_FILES = ("service-2.json.gz", "service-2.json")
# Enough of a model file to hold its metadata, which comes first.
_HEAD = 4096


class UnknownModel(LookupError):
    """botocore has no model of that name."""


class Shape:
    """A type of the model, with the traits of the place that refers to it."""

    __slots__ = ("_members", "name", "service", "traits", "type")

    def __init__(self, service: "ServiceModel", name: str, traits: dict[str, Any]) -> None:
        self.service = service
        self.name = name
        self.traits = traits
        self.type: str = traits["type"]
        self._members: dict[str, Shape] | None = None

    def __repr__(self) -> str:
        return f"Shape({self.name!r}, {self.type})"

    @property
    def members(self) -> dict[str, "Shape"]:
        if self._members is None:
            resolve = self.service.resolve
            listed = self.traits.get("members") or {}
            self._members = {name: resolve(reference) for name, reference in listed.items()}
        return self._members

    @property
    def required_members(self) -> list[str]:
        return self.traits.get("required") or []

    @property
    def member(self) -> "Shape":
        return self.service.resolve(self.traits["member"])

    @property
    def key(self) -> "Shape":
        return self.service.resolve(self.traits["key"])

    @property
    def value(self) -> "Shape":
        return self.service.resolve(self.traits["value"])

    @property
    def location(self) -> str | None:
        return self.traits.get("location")

    @property
    def location_name(self) -> str | None:
        return self.traits.get("locationName")

    @property
    def flattened(self) -> bool:
        return bool(self.traits.get("flattened"))

    @property
    def timestamp_format(self) -> str | None:
        return self.traits.get("timestampFormat")

    @property
    def payload(self) -> str | None:
        return self.traits.get("payload")

    @property
    def is_document(self) -> bool:
        return bool(self.traits.get("document"))

    @property
    def is_event_stream(self) -> bool:
        return bool(self.traits.get("eventstream"))

    @property
    def is_streaming(self) -> bool:
        return bool(self.traits.get("streaming") or self.traits.get("requiresLength"))

    @property
    def event_stream_member(self) -> str | None:
        """The member that is an event stream, if this structure has one."""
        for name, member in self.members.items():
            if member.is_event_stream:
                return name
        return None


class OperationModel:
    """One operation: its input, output, errors and HTTP traits."""

    def __init__(self, service: "ServiceModel", traits: dict[str, Any]) -> None:
        self.service = service
        self.traits = traits
        self.name: str = traits["name"]
        self.http: dict[str, Any] = traits.get("http") or {}

    def __repr__(self) -> str:
        return f"OperationModel({self.service.name}.{self.name})"

    def _shape(self, trait: str) -> Shape | None:
        reference = self.traits.get(trait)
        return None if reference is None else self.service.resolve(reference)

    @cached_property
    def input_shape(self) -> Shape | None:
        return self._shape("input")

    @cached_property
    def output_shape(self) -> Shape | None:
        return self._shape("output")

    @cached_property
    def errors(self) -> list[Shape]:
        return [self.service.resolve(reference) for reference in self.traits.get("errors") or ()]

    @property
    def is_deprecated(self) -> bool:
        return bool(self.traits.get("deprecated"))

    @cached_property
    def streams_input(self) -> bool:
        """Is the input's payload a blob that need not be held in memory?"""
        shape = self.input_shape
        if shape is None or shape.payload is None:
            return False
        payload = shape.members[shape.payload]
        return payload.type == "blob" and payload.is_streaming


class _Operations(Mapping[str, OperationModel]):
    """The operations of a service by name, built when looked at."""

    def __init__(self, service: "ServiceModel", listed: dict[str, Any]) -> None:
        self._service = service
        self._listed = listed
        self._built: dict[str, OperationModel] = {}

    def __getitem__(self, name: str) -> OperationModel:
        found = self._built.get(name)
        if found is None:
            found = self._built[name] = OperationModel(self._service, self._listed[name])
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._listed

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


class ServiceModel:
    """A service as botocore's data describes it. `name` is boto3's client name."""

    def __init__(self, name: str, raw: dict[str, Any]) -> None:
        self.name = name
        self.metadata: dict[str, Any] = raw.get("metadata") or {}
        self._raw_shapes: dict[str, dict[str, Any]] = raw.get("shapes") or {}
        self._shapes: dict[str, Shape] = {}
        self.operations: Mapping[str, OperationModel] = _Operations(
            self, raw.get("operations") or {}
        )

    def __repr__(self) -> str:
        return f"ServiceModel({self.name!r})"

    @property
    def shape_names(self) -> list[str]:
        return list(self._raw_shapes)

    @property
    def protocols(self) -> list[str]:
        return self.metadata.get("protocols") or [self.metadata["protocol"]]

    @property
    def signing_name(self) -> str:
        return signing_name(self.metadata)

    @property
    def is_query_compatible(self) -> bool:
        return "awsQueryCompatible" in self.metadata

    def shape(self, name: str) -> Shape:
        found = self._shapes.get(name)
        if found is None:
            found = self._shapes[name] = Shape(self, name, self._raw_shapes[name])
        return found

    def resolve(self, reference: dict[str, Any]) -> Shape:
        """The shape that a reference names, with the reference's own traits over it."""
        name = reference["shape"]
        if len(reference) == 1:
            return self.shape(name)
        own = {trait: value for trait, value in reference.items() if trait != "shape"}
        return Shape(self, name, {**self._raw_shapes[name], **own})

    @cached_property
    def _errors_by_code(self) -> dict[str, Shape]:
        found: dict[str, Shape] = {}
        for name, raw in self._raw_shapes.items():
            if raw.get("exception"):
                found[name] = shape = self.shape(name)
                code = (raw.get("error") or {}).get("code")
                if code:
                    found.setdefault(code, shape)
        return found

    def find_error(self, code: str) -> Shape | None:
        """The error with this code, be it the shape's name or the code that goes on the wire."""
        return self._errors_by_code.get(code)

    def wire_code(self, code: str) -> str:
        """The code as clients of the older protocols see it, which may differ from the shape's."""
        shape = self.find_error(code)
        return code if shape is None else (shape.traits.get("error") or {}).get("code") or code


def signing_name(metadata: Mapping[str, Any]) -> str:
    name: str = metadata.get("signingName") or metadata["endpointPrefix"]
    return name


@lru_cache(maxsize=1)
def _data_folder() -> Path:
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise Impossible("botocore, the package of the service models, is not installed")
    return Path(spec.origin).parent / "data"


@cache
def _model_file(service: str) -> Path:
    folder = _data_folder() / service
    if not _SERVICE_NAME.fullmatch(service) or not folder.is_dir():
        raise UnknownModel(service)
    for version in sorted(os.listdir(folder), reverse=True):
        for name in _MODEL_FILES:
            path = folder / version / name
            if path.exists():
                return path
    raise UnknownModel(service)


@lru_cache(maxsize=1)
def known_services() -> tuple[str, ...]:
    """Every service that botocore has a model of."""
    with os.scandir(_data_folder()) as entries:
        return tuple(sorted(entry.name for entry in entries if entry.is_dir()))


def _unpacked(path: Path, limit: int = 0) -> bytes:
    packed = path.read_bytes()
    if path.suffix != ".gz":
        return packed[:limit] if limit else packed
    return zlib.decompressobj(wbits=31).decompress(packed, limit)


@cache
def service_metadata(service: str) -> Mapping[str, Any]:
    """The metadata alone, from the head of the file: all that routing needs of most services."""
    head = _unpacked(_model_file(service), _HEAD).decode("utf-8", "replace")
    start = head.find('"metadata":')
    if start >= 0:
        try:
            metadata, _ = json.JSONDecoder().raw_decode(head, head.index("{", start))
        except ValueError:
            pass
        else:
            return dict(metadata)
    return service_model(service).metadata


def _merge(into: dict[str, Any], extra: dict[str, Any]) -> None:
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _without_documentation(raw: dict[str, Any]) -> None:
    # Only where it stands in bulk: a walk over every node would cost more than the text is worth.
    for shape in raw.get("shapes", {}).values():
        shape.pop("documentation", None)
        for member in shape.get("members", {}).values():
            member.pop("documentation", None)
    for operation in raw.get("operations", {}).values():
        operation.pop("documentation", None)


@cache
def service_model(name: str) -> ServiceModel:
    """The model of the service that boto3 calls `name`."""
    path = _model_file(name)
    raw = orjson.loads(_unpacked(path))
    for extra in sorted(path.parent.glob("service-2.*-extras.json")):
        _merge(raw, orjson.loads(extra.read_bytes()).get("merge", {}))
    _without_documentation(raw)
    patch_model(name, raw)
    return ServiceModel(name, raw)


def model_from_json(raw: dict[str, Any], name: str = "example") -> ServiceModel:
    """A model given as data, in botocore's form."""
    return ServiceModel(name, raw)


def operation(service: str, name: str) -> OperationModel:
    return service_model(service).operations[name]


_SPECIAL_NAMES = {
    "CreateCachediSCSIVolume": "create_cached_iscsi_volume",
    "DescribeCachediSCSIVolumes": "describe_cached_iscsi_volumes",
    "DescribeStorediSCSIVolumes": "describe_stored_iscsi_volumes",
    "CreateStorediSCSIVolume": "create_stored_iscsi_volume",
    "ListHITsForQualificationType": "list_hits_for_qualification_type",
    "CreateOAuth2Token": "create_oauth2_token",
}
# Words that botocore treats as one although their capitals say otherwise.
_WHOLE_WORDS = {
    "PartiQL": "Partiql",
    "OAuth2TokenWithIAM": "Oauth2TokenWithIAM",
    "WhatsApp": "Whatsapp",
    "OTel": "Otel",
}
_PLURAL_ACRONYM = re.compile("[A-Z]{2,}s$")
_WORD_START = re.compile("(.)([A-Z][a-z]+)")
_WORD_END = re.compile("([a-z0-9])([A-Z])")


@cache
def snake_case(name: str) -> str:
    """An operation's name as boto3's clients spell it."""
    if "_" in name:
        return name
    if name in _SPECIAL_NAMES:
        return _SPECIAL_NAMES[name]
    for word, as_one in _WHOLE_WORDS.items():
        name = name.replace(word, as_one)
    plural = _PLURAL_ACRONYM.search(name)
    if plural:
        name = f"{name[: plural.start()]}_{plural.group().lower()}"
    return _WORD_END.sub(r"\1_\2", _WORD_START.sub(r"\1_\2", name)).lower()
