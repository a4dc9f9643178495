"""
Large bodies: files named by the SHA-256 of their content, synced before the row that names them.

Writing the same content twice keeps one file. Nothing is changed after it is written. A service
that removes what nobody needs any more has an area of its own, so that it alone names what is in
it. What was just finished is pinned until the row that names it is there: it is not removed.
"""

import asyncio
import hashlib
import os
import tempfile
import threading
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from lambent.storage.database import told_when_full

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Blob:
    """`id` is the hex SHA-256 of the content; `size` in bytes."""

    id: str
    size: int


class _Pins:
    """How many writers have finished a content that no row may name yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()


class BlobWriter:
    """Takes a body piece by piece; `finish` makes it durable, `discard` forgets it."""

    def __init__(self, folder: Path, pins: "_Pins") -> None:
        self._folder = folder
        self._pins = pins
        with told_when_full(folder):
            descriptor, name = tempfile.mkstemp(dir=folder / "incoming")
        self._file = os.fdopen(descriptor, "wb", buffering=_CHUNK)
        self._name = name
        self._sha256 = hashlib.sha256()
        self._size = 0

    async def write(self, piece: bytes) -> None:
        self._size += len(piece)
        if len(piece) < 65_536:
            self._append(piece)
        else:
            await asyncio.to_thread(self._append, piece)

    async def finish(self) -> Blob:
        return await asyncio.to_thread(self._keep)

    def discard(self) -> None:
        try:
            self._file.close()
        except OSError:
            pass  # what it still held has no room on the disk, and nobody wants it
        if os.path.exists(self._name):
            os.unlink(self._name)

    def _append(self, piece: bytes) -> None:
        self._sha256.update(piece)
        with told_when_full(self._folder):
            self._file.write(piece)

    def _keep(self) -> Blob:
        with told_when_full(self._folder):
            return self._kept()

    def _kept(self) -> Blob:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        blob = Blob(self._sha256.hexdigest(), self._size)
        target = _path(self._folder, blob.id)
        with self._pins.lock:
            self._pins.counts[blob.id] += 1
            if target.exists():
                os.unlink(self._name)
                return blob
            if not target.parent.exists():
                target.parent.mkdir()
                _sync_folder(self._folder)
            os.replace(self._name, target)
            _sync_folder(target.parent)
        return blob


class Blobs:
    """The blob folder. A full disk raises StoreFull, which names the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pins = _Pins()
        self._areas: dict[str, Blobs] = {}
        (folder / "incoming").mkdir(parents=True, exist_ok=True)
        for leftover in (folder / "incoming").iterdir():
            leftover.unlink()

    def area(self, name: str) -> "Blobs":
        """The blobs of one service, apart from all others."""
        found = self._areas.get(name)
        if found is None:
            found = self._areas[name] = Blobs(self._folder / name)
        return found

    def writer(self) -> BlobWriter:
        return BlobWriter(self._folder, self._pins)

    async def put(self, body: bytes) -> Blob:
        """Keep `body`; durable when this returns."""
        writer = self.writer()
        try:
            await writer.write(body)
            return await writer.finish()
        except BaseException:
            writer.discard()
            raise

    async def get(self, blob_id: str) -> bytes:
        return await asyncio.to_thread(self.path(blob_id).read_bytes)

    async def stream(self, blob_id: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end`, in pieces of at most a mebibyte."""
        with self.path(blob_id).open("rb") as file:
            file.seek(start)
            while start < end:
                piece = await asyncio.to_thread(file.read, min(_CHUNK, end - start))
                if not piece:
                    return
                start += len(piece)
                yield piece

    def path(self, blob_id: str) -> Path:
        """Where the content lies; for readers that want a file."""
        return _path(self._folder, blob_id)

    def unpin(self, blob_id: str) -> None:
        """The row that names what a writer finished is there, or never will be."""
        with self._pins.lock:
            self._pins.counts[blob_id] -= 1
            if self._pins.counts[blob_id] <= 0:
                del self._pins.counts[blob_id]

    def remove(self, blob_id: str) -> bool:
        """Only for content that no row names any more; False where somebody just wrote it again."""
        with self._pins.lock:
            if blob_id in self._pins.counts:
                return False
            self.path(blob_id).unlink(missing_ok=True)
            return True

    def clear(self) -> None:
        """Remove everything, in all areas, but what a writer has just finished."""
        for folder in self._folder.iterdir():
            if (folder / "incoming").is_dir():
                self.area(folder.name).clear()
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            self.remove(path.name)


def _path(folder: Path, blob_id: str) -> Path:
    return folder / blob_id[:2] / blob_id


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
