"""Traces as tests read them: one tree of names."""

from collections.abc import Sequence
from typing import Any

import orjson

from lambent.platform import Context
from lambent.services.xray.traces import parts


async def documents(context: Context, trace_id: str = "") -> list[dict[str, Any]]:
    """The segments of a trace, or of the only one that there is."""
    if not trace_id:
        now = context.clock.now()
        window = {"StartTime": now - 3_600, "EndTime": now + 3_600}
        reply = await context.call("xray", "GetTraceSummaries", window)
        (summary,) = reply["TraceSummaries"]
        trace_id = summary["Id"]
    reply = await context.call("xray", "BatchGetTraces", {"TraceIds": [trace_id]})
    (trace,) = reply["Traces"]
    segments = [orjson.loads(one["Document"]) for one in trace["Segments"]]
    return sorted(segments, key=lambda one: (one["start_time"], one.get("origin", "")))


def tree(segments: Sequence[dict[str, Any]]) -> Any:
    """
    {name: {name: …}} from the root on: origin for segments that have one, else the name. Those
    that have the same name are shown as one.

    Raises where there is not exactly one root.
    """
    known = {part["id"] for segment in segments for part in parts(segment)}
    (root,) = [one for one in segments if one.get("parent_id") not in known]
    return {_label(root): _below(root, segments)}


def _below(part: dict[str, Any], segments: Sequence[dict[str, Any]]) -> Any:
    children = list(part.get("subsegments", ()))
    children += [one for one in segments if one.get("parent_id") == part["id"]]
    children.sort(key=lambda one: one["start_time"])
    found: dict[str, Any] = {}
    for child in children:
        found.setdefault(_label(child), {}).update(_below(child, segments))
    return found


def _label(part: dict[str, Any]) -> str:
    return str(part.get("origin") or part["name"])
