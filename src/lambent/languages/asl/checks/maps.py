"""The checks of what a distributed Map reads, batches and writes."""

from typing import Any

from lambent.languages.asl.checks.values import (
    StateCheck,
    check_count_path,
    check_object_template,
    check_template,
)
from lambent.languages.asl.resources import parse_resource

_READERS = ("s3:getObject", "s3:listObjectsV2")
_INPUT_TYPES = ("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET")
# The numbers of each configuration, and the most that each may be.
_NUMBERS: dict[str, dict[str, int | None]] = {
    "ReaderConfig": {"MaxItems": 100_000_000},
    "ItemBatcher": {"MaxItemsPerBatch": None, "MaxInputBytesPerBatch": None},
    "WriterConfig": {},
}


def check_item_reader(check: StateCheck, value: Any, location: str) -> None:
    findings = check.findings
    if not findings.object(value, location):
        return
    if "Resource" not in value:
        findings.add("These fields are required: [Resource]", location)
    elif findings.text(value["Resource"], f"{location}/Resource"):
        _reader(check, value["Resource"], f"{location}/Resource")
    _resource_fields(check, value, location, "ReaderConfig")
    config = value.get("ReaderConfig")
    if isinstance(config, dict):
        _reader_config(check, config, f"{location}/ReaderConfig")


def _reader(check: StateCheck, value: str, location: str) -> None:
    resource = parse_resource(value)
    if resource is None or resource.type == "s3":
        if resource is None or f"s3:{resource.name}" not in _READERS:
            check.findings.add(
                f"The resource provided {value} is not recognized. The value is not a valid"
                " resource ARN, or the resource is not available in this region.",
                location,
            )
        return
    check.findings.add("The field 'Resource' does not match any of the allowed values", location)


def _reader_config(check: StateCheck, config: dict[str, Any], location: str) -> None:
    findings = check.findings
    kind = config.get("InputType")
    if "InputType" in config:
        findings.one_of(_INPUT_TYPES, kind, f"{location}/InputType")
    if kind == "CSV" and "CSVHeaderLocation" not in config:
        findings.add("The field 'CSVHeaderLocation' is required", location)
    if kind == "JSON" and "CSVHeaderLocation" in config:
        findings.add("Field 'CSVHeaderLocation' is not supported", location)
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        findings.add("These fields are required: [CSVHeaders]", location)


def check_result_writer(check: StateCheck, value: Any, location: str) -> None:
    if check.findings.object(value, location):
        _resource_fields(check, value, location, "WriterConfig")


def _resource_fields(check: StateCheck, value: Any, location: str, config: str) -> None:
    arguments = "Arguments" if check.jsonata else "Parameters"
    for field, given in value.items():
        at = f"{location}/{field}"
        if field == arguments:
            check_object_template(check, given, at)
        elif field == config:
            _config(check, given, at, _NUMBERS[config])
        elif field not in ("Resource", "Comment"):
            check.findings.add(f"Field '{field}' is not supported", location)


def _config(check: StateCheck, value: Any, location: str, numbers: dict[str, int | None]) -> None:
    findings = check.findings
    if not findings.object(value, location):
        return
    for field, most in numbers.items():
        path = f"{field}Path"
        if path in value and check.jsonata:
            findings.add(
                f"The QueryLanguage is set to 'JSONata', but field '{path}' is only supported for"
                " the 'JSONPath' QueryLanguage",
                location,
            )
        elif path in value:
            check_count_path(check, value[path], f"{location}/{path}")
        if path in value and field in value:
            findings.one_field((field, path), value, location)
        if field in value:
            check.number(value[field], f"{location}/{field}", 0, most)
    if check.jsonata:
        others = {name: given for name, given in value.items() if name not in numbers}
        findings.jsonata(others, location)


def check_item_batcher(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.object(value, location):
        return
    settings = {field: given for field, given in value.items() if field != "BatchInput"}
    _config(check, settings, location, _NUMBERS["ItemBatcher"])
    if "BatchInput" in value:
        check_template(check, value["BatchInput"], f"{location}/BatchInput")
