"""
multipart/form-data piece by piece, as RFC 7578 has it: forms with files of any size.

    content ──boundary──▶ after ──line's end──▶ headers ──empty line──▶ content   (or done)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(name|filename)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))', re.IGNORECASE)
_MOST_HEAD_BYTES = 16 * 1024


class MalformedForm(Exception):
    """What was sent is no form of this kind."""


@dataclass(frozen=True, slots=True)
class PartBegins:
    """`filename` is None where none is given."""

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class PartEnds:
    pass


Told = PartBegins | bytes | PartEnds


class MultipartForm:
    """Fed bytes, tells of parts: where each begins, what is in it, and where it ends."""

    def __init__(self, content_type: str) -> None:
        found = _BOUNDARY.search(content_type)
        if found is None:
            raise MalformedForm("The form names no boundary")
        self._delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1")
        # The first boundary need not follow a line.
        self._buffer = b"\r\n"
        self._step = self._content
        # What stands before the first part belongs to none.
        self._is_in_part = False
        self.is_done = False

    def feed(self, piece: bytes) -> Iterator[Told]:
        self._buffer += piece
        while not self.is_done:
            told = self._step()
            if told is None:
                return
            yield from told

    def _content(self) -> list[Told] | None:
        at = self._buffer.find(self._delimiter)
        if at >= 0:
            told = self._taken(at)
            self._buffer = self._buffer[len(self._delimiter) :]
            if self._is_in_part:
                told.append(PartEnds())
            self._is_in_part = False
            self._step = self._after
            return told
        # Whatever may be the beginning of a boundary waits.
        certain = len(self._buffer) - len(self._delimiter) + 1
        return self._taken(certain) or None if certain > 0 else None

    def _taken(self, length: int) -> list[Told]:
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return [taken] if taken and self._is_in_part else []

    def _after(self) -> list[Told] | None:
        if self._buffer.startswith(b"--"):
            self.is_done = True
            return []
        end = self._buffer.find(b"\r\n")
        if end < 0:
            self._check_head()
            return None
        self._buffer = self._buffer[end:]
        self._step = self._headers
        return []

    def _headers(self) -> list[Told] | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            self._check_head()
            return None
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        self._is_in_part = True
        self._step = self._content
        return [_begun(head)]

    def _check_head(self) -> None:
        if len(self._buffer) > _MOST_HEAD_BYTES:
            raise MalformedForm("The head of a part is too long")


def _begun(head: bytes) -> PartBegins:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        if line.lower().startswith("content-disposition:"):
            given = {
                name.lower(): quoted.replace('\\"', '"') or plain
                for name, quoted, plain in _PARAMETER.findall(line)
            }
            if "name" in given:
                return PartBegins(given["name"], given.get("filename"))
    raise MalformedForm("A part has no name")
