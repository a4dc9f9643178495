"""AWS::LanguageExtensions' loops: `Fn::ForEach::Name` as a key, unrolled before anything else."""

from collections.abc import Mapping
from typing import Any

from lambent.languages.templates.errors import TemplateInvalid

# What all loops together may produce.
MAX_ITEMS = 10_000


def unrolled(document: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The document with every loop replaced by what it makes; `values` are the parameters'."""
    room = [MAX_ITEMS]
    return {
        section: _unroll(written, values, {}, room)
        if section in ("Conditions", "Resources", "Outputs")
        else written
        for section, written in document.items()
    }


def _unroll(
    written: Any, values: Mapping[str, Any], bound: Mapping[str, str], room: list[int]
) -> Any:
    if isinstance(written, list):
        return [_unroll(child, values, bound, room) for child in written]
    if isinstance(written, str):
        return _spelled(written, bound)
    if not isinstance(written, dict):
        return written
    if len(written) == 1 and isinstance(written.get("Ref"), str) and written["Ref"] in bound:
        return bound[written["Ref"]]
    result: dict[str, Any] = {}
    for name, child in written.items():
        if name.startswith("Fn::ForEach::"):
            result |= _loop(name, child, values, bound, room)
        else:
            result[_spelled(name, bound)] = _unroll(child, values, bound, room)
    return result


def _spelled(text: str, bound: Mapping[str, str]) -> str:
    for name, value in bound.items():
        text = text.replace("${" + name + "}", value)
        text = text.replace("&{" + name + "}", "".join(filter(str.isalnum, value)))
    return text


def _loop(
    name: str,
    written: Any,
    values: Mapping[str, Any],
    bound: Mapping[str, str],
    room: list[int],
) -> dict[str, Any]:
    match written:
        case [str() as variable, collection, dict() as body]:
            result: dict[str, Any] = {}
            for item in _collection(name, collection, values, bound):
                room[0] -= 1
                if room[0] < 0:
                    raise TemplateInvalid(
                        f"Template error: the loops make more than {MAX_ITEMS} items"
                    )
                result |= _unroll(body, values, {**bound, variable: item}, room)
            return result
        case _:
            raise TemplateInvalid(f"{name} layout is incorrect")


def _collection(
    name: str, written: Any, values: Mapping[str, Any], bound: Mapping[str, str]
) -> list[str]:
    if isinstance(written, dict) and len(written) == 1 and "Ref" in written:
        written = values.get(str(written["Ref"]))
    if not isinstance(written, list):
        raise TemplateInvalid(f"{name} could not resolve the collection that it loops over")
    items: list[str] = []
    for item in written:
        found = values.get(str(item["Ref"])) if isinstance(item, dict) and "Ref" in item else item
        items += [
            _spelled(str(one), bound) for one in (found if isinstance(found, list) else [found])
        ]
    return items
