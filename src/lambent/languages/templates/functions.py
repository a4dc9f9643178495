"""Intrinsic functions: `evaluate` turns a written value into what it stands for in a `Scope`."""

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.scope import (
    NO_VALUE,
    UNKNOWN,
    Scope,
    holds_unknown,
    is_present,
    text_of,
    unresolved,
)

# What one function may produce: the size of the largest template that AWS takes.
MAX_TEXT = 1_000_000
# What functions may make of one resource: small texts of a template can be mentioned often.
MAX_PROPERTIES = 8_000_000

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_.:]+\Z")


def evaluate(scope: Scope, written: Any) -> Any:
    """The value that is written, with every function replaced by its result."""
    if isinstance(written, dict):
        if len(written) == 1:
            [(name, argument)] = written.items()
            function = _FUNCTIONS.get(name)
            if function is not None:
                return function(scope, argument)
            if name.startswith("Fn::"):
                raise unsupported(name)
        evaluated = ((name, evaluate(scope, child)) for name, child in written.items())
        return {name: value for name, value in evaluated if value is not NO_VALUE}
    if isinstance(written, list):
        items = (evaluate(scope, child) for child in written)
        return [value for value in items if value is not NO_VALUE]
    return written


def evaluate_properties(scope: Scope, written: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's properties, evaluated and of a size that can be kept."""
    properties: dict[str, Any] = evaluate(scope, dict(written))
    room = MAX_PROPERTIES
    waiting: list[Any] = [properties]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        room -= len(value) + 1 if isinstance(value, str) else 1
        if room < 0:
            raise TemplateInvalid(
                "Template error: a resource's properties are larger than"
                f" {MAX_PROPERTIES} characters"
            )
    return properties


def evaluate_text(scope: Scope, written: Any, where: str) -> Any:
    """The text that is written; UNKNOWN stays what it is."""
    value = evaluate(scope, written)
    if value is UNKNOWN:
        return value
    if isinstance(value, str | int | float):
        return text_of(value)
    raise TemplateInvalid(f"Template format error: {where} must be a string")


def condition_holds(scope: Scope, name: Any) -> bool:
    if not isinstance(name, str):
        raise TemplateInvalid(
            "Template error: Fn::If requires a condition's name as first argument"
        )
    try:
        return scope.conditions[name]
    except KeyError:
        raise TemplateInvalid(
            f"Template error: unresolved condition dependency {name} in Fn::If"
        ) from None


def unsupported(name: str) -> TemplateInvalid:
    supported = ", ".join([*_FUNCTIONS, *_CONDITION_FUNCTIONS])
    return TemplateInvalid(
        f"Template error: Encountered unsupported function: {name} Supported functions are:"
        f" [{supported}]"
    )


_CONDITION_FUNCTIONS = ("Condition", "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or")


def _ref(scope: Scope, name: Any) -> Any:
    if not isinstance(name, str):
        raise TemplateInvalid("Template error: every Ref object must have a single String value.")
    if name in scope.parameters:
        return scope.parameters[name]
    if name == "AWS::NoValue":
        return NO_VALUE
    if name in scope.pseudo:
        return scope.pseudo[name]
    _check_present(scope, name)
    return scope.resource(name, None)


def _check_present(scope: Scope, name: str) -> None:
    resource = scope.template.resources.get(name)
    if resource is None or not is_present(scope, resource.condition):
        raise unresolved([name], "Resources")


def _get_att(scope: Scope, argument: Any) -> Any:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) < 2 or not isinstance(parts[0], str):
        raise TemplateInvalid(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the"
            " resource name and the resource attribute"
        )
    name = parts[0]
    attribute = evaluate(scope, parts[1]) if len(parts) == 2 else ".".join(map(str, parts[1:]))
    if not isinstance(attribute, str) or not attribute or not name:
        raise TemplateInvalid(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the"
            " resource name and the resource attribute"
        )
    _check_present(scope, name)
    return scope.resource(name, attribute)


def _sub(scope: Scope, argument: Any) -> Any:
    text, own = argument, {}
    if isinstance(argument, list):
        if len(argument) != 2 or not isinstance(argument[1], dict):
            raise _sub_arguments()
        text, own = argument
    if not isinstance(text, str):
        raise _sub_arguments()
    values = {name: evaluate(scope, written) for name, written in own.items()}
    parts: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        parts.append(text[end : match.start()])
        value = _variable(scope, match[1], values)
        if value is UNKNOWN:
            return UNKNOWN
        parts.append(_part_of_text(value, "Fn::Sub"))
        end = match.end()
    parts.append(text[end:])
    return _bounded("".join(parts))


def _sub_arguments() -> TemplateInvalid:
    return TemplateInvalid(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments."
        " Specify a string as first argument, and an optional second argument to specify a mapping"
        " of values to replace in the string"
    )


def _variable(scope: Scope, written: str, values: Mapping[str, Any]) -> Any:
    if written.startswith("!"):
        return "${" + written[1:] + "}"
    name = written.strip()
    if not _VARIABLE_NAME.match(name):
        raise TemplateInvalid(
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric"
            " characters, underscores, periods, and colons"
        )
    if name in values:
        return values[name]
    if "." in name and name not in scope.parameters:
        return _get_att(scope, name)
    return _ref(scope, name)


def _part_of_text(value: Any, function: str) -> str:
    if isinstance(value, str | int | float):
        return text_of(value)
    if value is NO_VALUE:
        return ""
    if isinstance(value, list) and function == "Fn::Sub":
        # AWS: a list parameter inside Fn::Sub is its items with commas between.
        return ",".join(_part_of_text(item, function) for item in value)
    raise TemplateInvalid(
        f"Template error: {function} values must be strings, got an object or list"
    )


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise TemplateInvalid(
            f"Template error: a function's result is longer than {MAX_TEXT} characters"
        )
    return text


def _join(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        raise _join_arguments()
    items = evaluate(scope, argument[1])
    if items is UNKNOWN or holds_unknown(items):
        return UNKNOWN
    if not isinstance(items, list):
        raise _join_arguments()
    return _bounded(argument[0].join(_part_of_text(item, "Fn::Join") for item in items))


def _join_arguments() -> TemplateInvalid:
    return TemplateInvalid(
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and"
        " (2) a list of strings to be joined or a function that returns a list of strings (such as"
        " Fn::GetAZs) to be joined."
    )


def _split(scope: Scope, argument: Any) -> Any:
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str):
        text = evaluate(scope, argument[1])
        if text is UNKNOWN:
            return UNKNOWN
        if isinstance(text, str) and argument[0]:
            return text.split(argument[0])
    raise TemplateInvalid(
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter"
        " and (2) a string to be split or a function that returns a string to be split."
    )


def _select(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        raise TemplateInvalid(
            "Template error: Fn::Select requires a list argument with two elements: an integer"
            " index and a list"
        )
    index, items = (evaluate(scope, part) for part in argument)
    if index is UNKNOWN or items is UNKNOWN:
        return UNKNOWN
    if not isinstance(items, list) or not re.fullmatch(r"\d{1,9}", text_of(index)):
        raise TemplateInvalid(
            "Template error: Fn::Select requires a list argument with a valid index"
        )
    if int(index) >= len(items):
        raise TemplateInvalid(
            f"Template error: Fn::Select cannot select nonexistent value at index {index}"
        )
    return items[int(index)]


def _if(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        raise TemplateInvalid("Template error: Fn::If requires a list argument with three elements")
    condition, then, otherwise = argument
    return evaluate(scope, then if condition_holds(scope, condition) else otherwise)


def _find_in_map(scope: Scope, argument: Any) -> Any:
    most = 4 if scope.extended else 3
    if not isinstance(argument, list) or not 3 <= len(argument) <= most:
        raise TemplateInvalid(
            "Template error: every Fn::FindInMap object requires three parameters, the map name,"
            " map key and the attribute for return value"
        )
    keys = [evaluate(scope, part) for part in argument[:3]]
    if UNKNOWN in keys:
        return UNKNOWN
    name, top, second = (text_of(key) for key in keys)
    try:
        return scope.template.mappings[name][top][second]
    except KeyError:
        if len(argument) == 4 and isinstance(argument[3], dict) and "DefaultValue" in argument[3]:
            return evaluate(scope, argument[3]["DefaultValue"])
        if name not in scope.template.mappings:
            raise TemplateInvalid(
                f"Template error: Mapping named '{name}' is not present in the 'Mappings' section"
                " of template."
            ) from None
        raise TemplateInvalid(
            f"Template error: Unable to get mapping for {name}::{top}::{second}"
        ) from None


def _base64(scope: Scope, argument: Any) -> Any:
    value = evaluate(scope, argument)
    if value is UNKNOWN:
        return UNKNOWN
    if not isinstance(value, str):
        raise TemplateInvalid(
            "Template error: every Fn::Base64 object must have a String-typed value."
        )
    return base64.b64encode(value.encode()).decode()


def _cidr(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or not 2 <= len(argument) <= 3:
        raise TemplateInvalid(
            "Template error: every Fn::Cidr object requires two or three parameters: an IP block,"
            " a count and the number of subnet bits"
        )
    parts = [evaluate(scope, part) for part in argument]
    if UNKNOWN in parts:
        return UNKNOWN
    try:
        network = ipaddress.ip_network(parts[0], strict=False)
        count = int(parts[1])
        default_bits = 8 if network.version == 4 else 64
        prefix = network.max_prefixlen - (int(parts[2]) if len(parts) == 3 else default_bits)
        room = 2 ** max(prefix - network.prefixlen, 0)
    except (TypeError, ValueError):
        raise TemplateInvalid(f"Template error: Fn::Cidr is not able to use {parts}") from None
    if not 1 <= count <= 256 or not network.prefixlen <= prefix <= network.max_prefixlen:
        raise TemplateInvalid(f"Template error: Fn::Cidr is not able to use {parts}")
    if count > room:
        raise TemplateInvalid(
            f"Template error: Fn::Cidr cannot make {count} blocks of /{prefix} from {network}"
        )
    size = 2 ** (network.max_prefixlen - prefix)
    return [f"{network.network_address + place * size}/{prefix}" for place in range(count)]


def _get_azs(scope: Scope, argument: Any) -> Any:
    region = evaluate(scope, argument)
    if region is UNKNOWN:
        return UNKNOWN
    if not isinstance(region, str):
        raise TemplateInvalid("Template error: every Fn::GetAZs object must have a String value.")
    region = region or cast(str, scope.pseudo["AWS::Region"])
    return [f"{region}{zone}" for zone in "abc"]


def _import_value(scope: Scope, argument: Any) -> Any:
    name = evaluate(scope, argument)
    if name is UNKNOWN:
        return UNKNOWN
    if not isinstance(name, str):
        raise TemplateInvalid("Template error: the attribute in Fn::ImportValue must be a string")
    try:
        return scope.exports[name]
    except KeyError:
        raise TemplateInvalid(f"No export named {name} found.") from None


def _length(scope: Scope, argument: Any) -> Any:
    if not scope.extended:
        raise unsupported("Fn::Length")
    items = evaluate(scope, argument)
    if items is UNKNOWN:
        return UNKNOWN
    if not isinstance(items, list):
        raise TemplateInvalid("Template error: Fn::Length requires a list")
    return len(items)


def _to_json_string(scope: Scope, argument: Any) -> Any:
    if not scope.extended:
        raise unsupported("Fn::ToJsonString")
    value = evaluate(scope, argument)
    if holds_unknown(value):
        return UNKNOWN
    return _bounded(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def _transform(scope: Scope, argument: Any) -> Any:
    name = argument.get("Name") if isinstance(argument, dict) else argument
    raise TemplateInvalid(f"No transform named {name} found.")


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::If": _if,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _get_azs,
    "Fn::ImportValue": _import_value,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Transform": _transform,
}
