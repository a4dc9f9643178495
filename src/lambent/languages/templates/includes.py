"""
AWS::Include: files of S3 as parts of a template, by `Fn::Transform` or for the template as a whole.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.reading import read_snippet

INCLUDE = "AWS::Include"
_FUNCTION = "Fn::Transform"


class IncludeFailed(Exception):
    """What is to be included cannot be."""


def declared_macros(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """What the whole template passes through, in order: name and parameters."""
    declared = [_declared(item) for item in _as_list(document.get("Transform") or ())]
    if not all(isinstance(name, str) for name, _ in declared):
        raise TemplateInvalid("Template format error: Transform must be a String or a List.")
    return declared


def transforms(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the macros that the template or a part of it passes through, in order."""
    names = [name for name, _ in declared_macros(document)]
    if any(True for _ in embedded_includes(document)):
        # AWS: parts are transformed before the whole.
        names.insert(0, INCLUDE)
    return tuple(dict.fromkeys(names))


def embedded_includes(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The parameters of every include inside the template; AWS has none among its parameters."""
    for section, written in document.items():
        if section != "Parameters":
            yield from _includes_below(written)


def _includes_below(written: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(written, list):
        for child in written:
            yield from _includes_below(child)
    elif isinstance(written, dict):
        includes = _includes_of(written)
        yield from includes
        for child in _others(written, includes).values():
            yield from _includes_below(child)


def _includes_of(written: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a mapping includes; nothing if another macro is there, which nobody has."""
    declared = [_declared(item) for item in _as_list(written.get(_FUNCTION, ()))]
    if any(name != INCLUDE for name, _ in declared):
        return []
    return [parameters for _, parameters in declared]


def _others(written: Mapping[str, Any], includes: Sequence[Any]) -> Mapping[str, Any]:
    """The members of a mapping that stay when its includes are done."""
    if not includes:
        return written
    return {name: child for name, child in written.items() if name != _FUNCTION}


def _declared(item: Any) -> tuple[Any, Mapping[str, Any]]:
    if not isinstance(item, dict):
        return item, {}
    parameters = item.get("Parameters")
    return item.get("Name"), parameters if isinstance(parameters, dict) else {}


def _as_list(written: Any) -> Sequence[Any]:
    return written if isinstance(written, list | tuple) else [written]


def with_embedded(
    document: Mapping[str, Any], snippets: Iterator[Mapping[str, Any]]
) -> dict[str, Any]:
    """The document with all its includes done; `snippets` come as `embedded_includes` does."""
    return {
        section: written if section == "Parameters" else _with_snippets(written, snippets)
        for section, written in document.items()
    }


def _with_snippets(written: Any, snippets: Iterator[Mapping[str, Any]]) -> Any:
    if isinstance(written, list):
        return [_with_snippets(child, snippets) for child in written]
    if not isinstance(written, dict):
        return written
    included: dict[str, Any] = {}
    includes = _includes_of(written)
    for _ in includes:
        included |= next(snippets)
    others = _others(written, includes)
    return {name: _with_snippets(child, snippets) for name, child in others.items()} | included


def snippet_of(text: str) -> dict[str, Any]:
    """What a file says."""
    try:
        snippet = read_snippet(text)
    except TemplateInvalid:
        snippet = None
    # AWS: what is included includes nothing.
    if not isinstance(snippet, dict) or any(True for _ in _includes_below(snippet)):
        raise IncludeFailed("The specified S3 object's content should be valid Yaml/JSON.")
    return snippet
