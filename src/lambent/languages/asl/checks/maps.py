"""The checks of what a distributed Map reads, batches and writes."""

from typing import Any

from lambent.languages.asl.checks.values import (
    StateCheck,
    check_object_template,
)
from lambent.languages.asl.resources import parse_resource

_READERS = ("s3:getObject", "s3:listObjectsV2")
_INPUT_TYPES = ("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET")


def check_item_reader(check: StateCheck, value: Any, location: str) -> None:
    findings = check.findings
    if not findings.object(value, location):
        return
    if "Resource" not in value:
        findings.add("These fields are required: [Resource]", location)
    elif findings.text(value["Resource"], f"{location}/Resource"):
        resource = parse_resource(value["Resource"])
        if resource is None or f"{resource.type}:{resource.name}" not in _READERS:
            findings.add(
                f"The resource provided {value['Resource']} is not recognized. The value is not a"
                " valid resource ARN, or the resource is not available in this region.",
                f"{location}/Resource",
            )
    _resource_fields(check, value, location, "ReaderConfig")
    config = value.get("ReaderConfig")
    if isinstance(config, dict) and "InputType" in config:
        findings.one_of(_INPUT_TYPES, config["InputType"], f"{location}/ReaderConfig/InputType")


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
            _config(check, given, at)
        elif field not in ("Resource", "Comment"):
            check.findings.add(f"Field '{field}' is not supported", location)


def _config(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.object(value, location):
        return
    for field, given in value.items():
        if field.endswith("Path") and not check.jsonata:
            check.findings.reference_path(given, f"{location}/{field}")
        elif check.jsonata:
            check.findings.jsonata(given, f"{location}/{field}")


def check_item_batcher(check: StateCheck, value: Any, location: str) -> None:
    if not check.findings.object(value, location):
        return
    settings = {field: given for field, given in value.items() if field != "BatchInput"}
    _config(check, settings, location)
    if "BatchInput" in value:
        check_object_template(check, value["BatchInput"], f"{location}/BatchInput")
