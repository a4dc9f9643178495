"""
A template's text, JSON or YAML, as plain Python values in the long form.

YAML is built from the parser's events rather than by the library's constructors: there is
no recursion, an alias is refused as CloudFormation refuses it (so nothing can multiply),
keys keep their spelling, dates stay text, and each short form (`!Ref x`) becomes the
function that it stands for.
"""

import json
import re
from typing import Any

import yaml

from lambent.languages.templates.errors import TemplateInvalid

# Everything that evaluates a template recurses as deep as the template does.
MAX_DEPTH = 120

_LONG_NAMES = {"Ref": "Ref", "Condition": "Condition"} | {
    name: f"Fn::{name}"
    for name in (
        "And",
        "Base64",
        "Cidr",
        "Contains",
        "Equals",
        "FindInMap",
        "GetAtt",
        "GetAZs",
        "If",
        "ImportValue",
        "Join",
        "Length",
        "Not",
        "Or",
        "Select",
        "Split",
        "Sub",
        "ToJsonString",
        "Transform",
    )
}

_SHORT_FORMS = frozenset(f"!{name}" for name in _LONG_NAMES)

_BOOLEANS = {
    word: value
    for value, words in ((True, ("yes", "true", "on")), (False, ("no", "false", "off")))
    for spelled in words
    for word in (spelled, spelled.capitalize(), spelled.upper())
}
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
# AWS: YAML 1.1, whose octal numbers start with 0. Base 60 is left out: "12:30" is text.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]{0,400})\Z")
_OCTAL = re.compile(r"[-+]?0[0-7_]{1,400}\Z")
_HEXADECIMAL = re.compile(r"[-+]?0x[0-9a-fA-F_]{1,400}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?\Z")


def read_template(text: str) -> dict[str, Any]:
    """The template's document, whichever of the two languages it is written in."""
    document = _read_json(text) if text.lstrip()[:1] == "{" else _read_yaml(text)
    if not isinstance(document, dict):
        raise TemplateInvalid("Template format error: unsupported structure.")
    return document


def read_snippet(text: str) -> Any:
    """
    What a file says that a template includes.

    AWS: short forms (`!Ref x`) are for templates only.
    """
    if text.lstrip()[:1] == "{":
        return _read_json(text)
    snippet = _read_yaml(text)
    if any(getattr(event, "tag", None) in _SHORT_FORMS for event in _events(text)):
        raise TemplateInvalid("Template format error: Short forms are not for snippets.")
    return snippet


def _read_json(text: str) -> Any:
    # Not orjson, which makes floats of integers beyond 64 bits.
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise TemplateInvalid(
            "Template format error: JSON not well-formed."
            f" (line {error.lineno}, column {error.colno})"
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        # An integer of thousands of digits.
        raise TemplateInvalid("Template format error: JSON not well-formed.") from None
    _check_depth(document)
    return document


def _refuse_constant(name: str) -> None:
    raise TemplateInvalid(f"Template format error: JSON not well-formed. ({name} is not JSON)")


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [child for value in level for child in _children(value)]
        if not level:
            return
    raise _too_deep()


def _children(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _too_deep() -> TemplateInvalid:
    return TemplateInvalid(
        f"Template format error: The template is nested deeper than {MAX_DEPTH} levels."
    )


class _Open:
    """A mapping or a list that has begun and not ended."""

    __slots__ = ("key", "tag", "value")

    def __init__(self, tag: str | None, value: Any) -> None:
        self.tag = tag
        self.value = value
        self.key: str | None = None


def _events(text: str) -> Any:
    return yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _read_yaml(text: str) -> Any:
    try:
        return _built(_events(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = "" if mark is None else f" (line {mark.line + 1}, column {mark.column + 1})"
        raise TemplateInvalid(f"Template format error: YAML not well-formed.{where}") from None
    except yaml.YAMLError:
        raise TemplateInvalid("Template format error: YAML not well-formed.") from None


def _built(events: Any) -> Any:
    """The one document that the events tell of."""
    opened = [_Open(None, [])]
    documents = 0
    for event in events:
        match event:
            case yaml.ScalarEvent():
                _add(opened[-1], _scalar(event, is_key=_wants_key(opened[-1])), event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(opened) > MAX_DEPTH:
                    raise _too_deep()
                if _wants_key(opened[-1]):
                    raise _not_well_formed(event)
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                opened.append(_Open(_short_form(event), {} if is_mapping else []))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = opened.pop()
                _add(opened[-1], _long_form(closed.tag, closed.value), event)
            case yaml.AliasEvent():
                raise TemplateInvalid(
                    "Template error: YAML aliases are not allowed in CloudFormation templates"
                )
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise _not_well_formed(event)
    [whole] = opened
    return whole.value[0] if whole.value else None


def _not_well_formed(event: Any) -> TemplateInvalid:
    mark = event.start_mark
    return TemplateInvalid(
        "Template format error: YAML not well-formed."
        f" (line {mark.line + 1}, column {mark.column + 1})"
    )


def _wants_key(opened: _Open) -> bool:
    return isinstance(opened.value, dict) and opened.key is None


def _add(opened: _Open, value: Any, event: Any) -> None:
    if isinstance(opened.value, list):
        opened.value.append(value)
    elif opened.key is None:
        if value in opened.value:
            raise _not_well_formed(event)
        if value == "<<" and not event.style:
            raise TemplateInvalid("Template format error: YAML merges are not supported.")
        opened.key = value
    else:
        opened.value[opened.key] = value
        opened.key = None


def _short_form(event: Any) -> str | None:
    """The name of the function that a node's tag stands for."""
    tag: str | None = event.tag
    if tag is None or tag == "!" or tag.startswith("tag:yaml.org,2002:"):
        return None
    if tag[1:] not in _LONG_NAMES:
        raise TemplateInvalid(f"Template format error: Unrecognized tag: {tag}")
    return tag[1:]


def _long_form(tag: str | None, value: Any) -> Any:
    if tag is None:
        return value
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {_LONG_NAMES[tag]: value}


def _scalar(event: Any, *, is_key: bool) -> Any:
    if is_key:
        return event.value
    tag = _short_form(event)
    if tag is not None or event.style:
        return _long_form(tag, event.value)
    return _typed(event.value, event.tag)


def _typed(text: str, tag: str | None) -> Any:
    if tag in ("tag:yaml.org,2002:str", "!"):
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.match(text):
        return int(text.replace("_", ""))
    if _OCTAL.match(text):
        return int(text.replace("_", ""), 8)
    if _HEXADECIMAL.match(text):
        return int(text.replace("_", ""), 16)
    if _FLOAT.match(text):
        return float(text.replace("_", ""))
    return text
