"""
From one shape to another: parameters that are mapped, and templates with their `$input`. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import orjson

from lambent.languages import jsonpath, velocity
from lambent.languages.velocity import Host
from lambent.services.apigateway.live.asked import Asked, Pairs, all_of_each, last_of_each

Json = dict[str, Any]
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_CONTEXT = re.compile(r"\$context\.([\w.-]+)|\$\{context\.([\w.-]+)\}")
_NOTHING: Mapping[str, str] = {}


class MappingFailed(Exception):
    """A template or an expression that cannot be carried out: the API is configured wrongly."""


def with_stage_variables(text: str, variables: Mapping[str, str]) -> str:
    """
    >>> with_stage_variables("https://${stageVariables.host}/", {"host": "example.com"})
    'https://example.com/'
    """
    if "${stageVariables" not in text:
        return text
    return _STAGE_VARIABLE.sub(lambda found: variables.get(found[1], ""), text)


def with_context(text: str, context: Mapping[str, Any], missing: str = "") -> str:
    """A text with `$context.…` in it, such as the format of an access log."""

    def value(found: re.Match[str]) -> str:
        name = (found[1] or found[2]).rstrip(".")
        rest = (found[1] or "")[len(name) :]
        given = at(context, name)
        return (missing if given in (None, "") else velocity_text(given)) + rest

    return _CONTEXT.sub(value, text)


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path of a document; None where nothing does."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def request_value(expression: str, asked: Asked, context: Json) -> Any:
    """What an expression such as `method.request.header.Accept` means; None for nothing."""
    name, _, rest = expression.partition("method.request.")
    if name:
        return _shared_value(expression, asked, context)
    kind, _, key = rest.partition(".")
    match kind:
        case "path":
            return asked.path_parameters.get(key)
        case "querystring":
            return (last_of_each(asked.query) or _NOTHING).get(key)
        case "multivaluequerystring":
            return (all_of_each(asked.query) or {}).get(key)
        case "header":
            return asked.header(key)
        case "multivalueheader":
            return [value for known, value in asked.headers if known.lower() == key.lower()] or None
        case "body":
            return _of_body(asked.body, key)
    return None


def response_value(
    expression: str, headers: Pairs, body: bytes, asked: Asked, context: Json
) -> Any:
    """The same of an answer: `integration.response.header.Date`."""
    name, _, rest = expression.partition("integration.response.")
    if name:
        return _shared_value(expression, asked, context)
    kind, _, key = rest.partition(".")
    values = [value for known, value in headers if known.lower() == key.lower()]
    match kind:
        case "header":
            return values[-1] if values else None
        case "multivalueheader":
            return values or None
        case "body":
            return _of_body(body, key)
    return None


def _shared_value(expression: str, asked: Asked, context: Json) -> Any:
    if len(expression) >= 2 and expression[0] == expression[-1] == "'":
        return expression[1:-1]
    root, _, name = expression.partition(".")
    match root:
        case "context":
            return at(context, name)
        case "stageVariables":
            return asked.site.variables.get(name)
    return None


def _of_body(body: bytes, path: str) -> Any:
    if not path:
        return body.decode(errors="replace")
    found = json_path(_parsed(body.decode(errors="replace")), f"$.{path}")
    return found if found is None or isinstance(found, str) else compact(found)


def as_text(value: Any) -> str:
    """A value of a header or a parameter."""
    text = ",".join(map(as_text, value)) if isinstance(value, list) else velocity_text(value)
    return _sendable(text)


def _sendable(text: str) -> str:
    """Half a character, which JSON can write, cannot be sent."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def velocity_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return compact(value) if isinstance(value, dict | list | bool) else str(value)


def compact(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def json_path(value: Any, path: str) -> Any:
    """What a path finds; None for nothing. Raises MappingFailed."""
    try:
        found = _path(path).find(value)
    except (jsonpath.InvalidPath, jsonpath.TooMuch) as error:
        raise MappingFailed(f"{path}: {error}") from None
    return None if found is jsonpath.MISSING else found


def _path(path: str) -> jsonpath.Path:
    return jsonpath.compile_path(path if path.startswith("$") else f"$.{path}")


def rendered(text: str, body: str, asked: Asked, context: Json) -> str:
    """A template's output. What it overrides is in `context` afterwards. Raises MappingFailed."""
    variables = {
        "input": _input(body, asked),
        "util": _UTIL,
        "context": context,
        "stageVariables": dict(asked.site.variables),
    }
    try:
        output = velocity.render(velocity.template(text), variables)
        # What a template leaves here is written into headers.
        velocity.check_size(context)
        return _sendable(output)
    except velocity.TemplateFailed as error:
        raise MappingFailed(str(error)) from None


def _input(body: str, asked: Asked) -> Host:
    parsed: list[Any] = []

    def value() -> Any:
        # Only once, and only for templates that ask.
        if not parsed:
            parsed.append(_parsed(body))
        return parsed[0]

    def params(name: str | None = None) -> Any:
        headers = last_of_each(asked.headers) or {}
        query = last_of_each(asked.query) or {}
        path = dict(asked.path_parameters)
        if name is None:
            return {"path": path, "querystring": query, "header": headers}
        if name in path:
            return path[name]
        return query.get(name) if name in query else asked.header(name) or ""

    return Host(
        {
            "path": lambda path: json_path(value(), path),
            # AWS: of what is not there an empty text.
            "json": lambda path: compact(
                "" if (found := json_path(value(), path)) is None else found
            ),
            "params": params,
        },
        {"body": body},
    )


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # AWS: what is no JSON is a text.
        return text if text.strip() else {}


def _parse_json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise MappingFailed("$util.parseJson: this is no JSON") from None


def _escape(text: Any) -> str:
    escaped = json.dumps(velocity_text(text))[1:-1]
    return escaped.replace("'", "\\'").replace("/", "\\/")


def _base64(text: Any) -> str:
    return base64.b64encode(_sendable(velocity_text(text)).encode()).decode()


def _from_base64(text: Any) -> str:
    try:
        return base64.b64decode(text).decode(errors="replace")
    except (binascii.Error, ValueError):
        raise MappingFailed("$util.base64Decode: this is no base64") from None


_METHODS: dict[str, Callable[..., Any]] = {
    "escapeJavaScript": _escape,
    "parseJson": _parse_json,
    "urlEncode": lambda text: quote_plus(velocity_text(text)),
    "urlDecode": lambda text: unquote_plus(velocity_text(text)),
    "base64Encode": _base64,
    "base64Decode": _from_base64,
}
_UTIL = Host(_METHODS)
