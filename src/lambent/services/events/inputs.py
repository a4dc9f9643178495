"""
What a target gets of an event: all of it, a part, a constant, or a template filled in. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lambent.languages.jsonpath import MISSING, InvalidPath, TooMuch, compile_path
from lambent.services.events.event_records import (
    epoch,
    is_writable,
    iso_time,
    read_json,
    write_json,
)

__all__ = ["MISSING", "InvalidJson", "body_of", "check_template", "find", "log_line"]

_VARIABLE = re.compile(r"<([^<>\s]{1,256})>")


class InvalidJson(ValueError):
    """The template, filled in, is no JSON."""


def body_of(target: Mapping[str, Any], text: str, *, rule_arn: str, ingested: float) -> str:
    """The text that the target is sent; `text` is the event's. Raises InvalidJson."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        value = find(target["InputPath"], read_json(text))
        return write_json(None if value is MISSING else value)
    if "InputTransformer" in target:
        return _transformed(target["InputTransformer"], read_json(text), rule_arn, ingested)
    return text


def find(path: str, event: Any) -> Any:
    """AWS does not check paths: one that says nothing, or would search for long, finds nothing."""
    try:
        return compile_path(path).find(event)
    except (InvalidPath, TooMuch):
        return MISSING


def log_line(body: str, ingested: float) -> tuple[float, str]:
    """
    Time and text of what a log group is sent.

    AWS: a template for a log group makes `{"timestamp": …, "message": …}`; anything else is a
    message itself.
    """
    try:
        line = read_json(body)
    except ValueError:
        return ingested, body
    if not isinstance(line, dict) or set(line) != {"timestamp", "message"}:
        return ingested, body
    message = line["message"]
    text = message if isinstance(message, str) else write_json(message)
    return _time_of(line["timestamp"], ingested), text


def _time_of(value: Any, otherwise: float) -> float:
    """ISO 8601, or milliseconds."""
    try:
        time = epoch(value) if isinstance(value, str) else float(value) / 1000
    except (TypeError, ValueError):
        return otherwise
    return time if is_writable(time) else otherwise


def check_template(transformer: Mapping[str, Any]) -> str | None:
    """What is wrong with an input transformer, in words; None if nothing is."""
    for name in transformer.get("InputPathsMap", {}):
        # AWS keeps such names for itself.
        if name.startswith("AWS"):
            return f"Variable names cannot begin with AWS: {name}"
    template = transformer["InputTemplate"]
    filled = "".join(
        piece if variable is None else ("" if quoted else "0")
        for piece, variable, quoted in _pieces(template)
    )
    if not _is_json(filled):
        return "The template is neither JSON nor lines of JSON text."
    return None


def _transformed(
    transformer: Mapping[str, Any], event: dict[str, Any], rule_arn: str, ingested: float
) -> str:
    template = transformer["InputTemplate"]
    values = {
        name: find(path, event) for name, path in transformer.get("InputPathsMap", {}).items()
    }
    values |= _reserved(event, rule_arn, ingested)
    is_document = template.lstrip()[:1] in ("{", "[")
    filled = "".join(
        piece if variable is None else _filled(values.get(variable, MISSING), quoted, is_document)
        for piece, variable, quoted in _pieces(template)
    )
    if not is_document:
        return filled
    try:
        # AWS: what goes to the target is minified.
        return write_json(read_json(filled))
    except ValueError:
        raise InvalidJson(f"Replaced template is not valid json: {filled}") from None


def _reserved(event: dict[str, Any], rule_arn: str, ingested: float) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rsplit("/", 1)[-1],
        "aws.events.event.ingestion-time": iso_time(ingested),
        # AWS: the first is the event without its detail, the second is all of it.
        "aws.events.event": {name: event[name] for name in event if name != "detail"},
        "aws.events.event.json": event,
    }


def _pieces(template: str) -> Iterator[tuple[str, str | None, bool]]:
    """The template's texts and variables in order, and whether each stands within quotes."""
    quoted, position = False, 0
    for found in _VARIABLE.finditer(template):
        text = template[position : found.start()]
        quoted = _ends_quoted(text, quoted)
        yield text, None, quoted
        yield found[0], found[1], quoted
        position = found.end()
    yield template[position:], None, False


def _ends_quoted(text: str, quoted: bool) -> bool:
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = quoted
        elif character == '"':
            quoted = not quoted
    return quoted


def _filled(value: Any, quoted: bool, is_document: bool) -> str:
    """AWS: a variable that finds nothing is an empty text."""
    if value is MISSING:
        value = ""
    if not quoted:
        return write_json(value)
    if is_document:
        # Within a text of a document, everything is a piece of text.
        text = value if isinstance(value, str) else write_json(value)
        return write_json(text)[1:-1]
    if isinstance(value, str):
        return value
    # AWS: an object within a text loses its quotes.
    return write_json(value).replace('"', "")


def _is_json(filled: str) -> bool:
    """JSON, or several lines of it, as templates of texts may be."""
    try:
        read_json(filled)
    except ValueError:
        lines = [line for line in filled.splitlines() if line.strip()]
        return len(lines) > 1 and all(_is_json_line(line) for line in lines)
    return True


def _is_json_line(line: str) -> bool:
    try:
        return isinstance(read_json(line), str)
    except ValueError:
        return False
