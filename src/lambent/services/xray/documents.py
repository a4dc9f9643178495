"""
Segment documents: what a client may send. Pure.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import math
import re
from collections.abc import Iterator
from typing import Any

import orjson

from lambent.services.xray.records import Segment

# AWS: of one document.
_MOST_BYTES = 64 * 1024
_ID = re.compile(r"[0-9a-f]{16}", re.IGNORECASE)
_TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}", re.IGNORECASE)
# AWS: of the name of a segment or subsegment.
_LONGEST_NAME = 200


class Unprocessed(Exception):
    """A document that is not kept: AWS's ErrorCode, and the segment's id where it has one."""

    def __init__(self, code: str, segment_id: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.segment_id = segment_id

    @property
    def reply(self) -> dict[str, str]:
        told = {"ErrorCode": self.code, "Message": f"Invalid segment. ErrorCode: {self.code}"}
        return {"Id": self.segment_id, **told} if self.segment_id else told


def parse(text: str) -> Iterator[Segment | Unprocessed]:
    """The segments of a document, which may be one or an array of them."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        yield Unprocessed("ParseError")
        return
    # AWS: several subsegments may come in one document.
    for one in document if isinstance(document, list) and document else [document]:
        try:
            yield segment(one)
        except Unprocessed as unprocessed:
            yield unprocessed


def segment(document: Any) -> Segment:
    """Raises Unprocessed."""
    if not isinstance(document, dict):
        raise Unprocessed("MissingId" if document == [] else "ParseError")
    segment_id = document.get("id")
    if not segment_id:
        raise Unprocessed("MissingId")
    if not isinstance(segment_id, str) or not _ID.fullmatch(segment_id):
        raise Unprocessed("InvalidId", str(segment_id))
    code = _wrong(document)
    if code is not None:
        raise Unprocessed(code, segment_id)
    try:
        text = orjson.dumps(document).decode()
    except orjson.JSONEncodeError:
        # Nested too deeply.
        raise Unprocessed("ParseError", segment_id) from None
    if len(text) > _MOST_BYTES:
        raise Unprocessed("SegmentTooLarge", segment_id)
    ended = None if document.get("in_progress") else float(document["end_time"])
    started = float(document["start_time"])
    return Segment(document["trace_id"].lower(), segment_id.lower(), started, ended, text)


def _wrong(document: dict[str, Any]) -> str | None:
    """The code of what is wrong first, or None."""
    if not document.get("trace_id"):
        return "MissingTraceId"
    if not (isinstance(document["trace_id"], str) and _TRACE_ID.fullmatch(document["trace_id"])):
        return "InvalidTraceId"
    if not document.get("name"):
        return "MissingName"
    if not isinstance(document["name"], str) or len(document["name"]) > _LONGEST_NAME:
        return "InvalidName"
    parent = document.get("parent_id")
    if document.get("type") == "subsegment" and not parent:
        return "MissingParentId"
    if parent is not None and not (isinstance(parent, str) and _ID.fullmatch(parent)):
        return "InvalidParentId"
    below = document.get("subsegments", [])
    if not isinstance(below, list) or not all(_is_part(one) for one in below):
        return "InvalidSubsegments"
    return _wrong_time(document)


def _is_part(subsegment: object) -> bool:
    """Whether it has what readers rely on, and all below it."""
    waiting = [subsegment]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            return False
        if not _is_time(one.get("start_time")) or not isinstance(one.get("id"), str):
            return False
        if not _is_time(one.get("end_time", 0)):
            return False
        below = one.get("subsegments", [])
        if not isinstance(below, list):
            return False
        waiting.extend(below)
    return True


def _wrong_time(document: dict[str, Any]) -> str | None:
    if "start_time" not in document:
        return "MissingStartTime"
    if not _is_time(document["start_time"]):
        return "InvalidStartTime"
    if "end_time" not in document:
        return None if document.get("in_progress") else "MissingEndTime"
    if not _is_time(document["end_time"]) or document["end_time"] < document["start_time"]:
        return "InvalidEndTime"
    return None


def _is_time(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value >= 0  # type: ignore[arg-type, operator]
