"""
A zip's bytes become a folder that sandboxes can show as /var/task or /opt.

Folders are named by the hash of the archive, so the same code is unpacked once, and appear whole
or not at all. The archive is somebody else's: nothing in it may reach outside its folder, and
neither its size nor its count of entries is believed before it has been counted.
"""

import asyncio
import calendar
import ctypes
import hashlib
import io
import os
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lambent.core.errors import ClientError

UNZIPPED_LIMIT = 262_144_000  # AWS: 250 MB, the code and its layers together
_MOST_ENTRIES = 200_000
_PIECE = 1 << 20
_ENCRYPTED = 0x1
_UNIX = 3
_NOT_A_ZIP = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    UnicodeError,
    ValueError,
)


class InvalidCode(ClientError):
    """The archive cannot be used."""

    code = "InvalidParameterValueException"


@dataclass(frozen=True, slots=True)
class PreparedCode:
    path: Path
    unzipped_size: int


def could_not_unzip() -> InvalidCode:
    return InvalidCode(
        "Could not unzip uploaded file. Please check your file, then try to upload again."
    )


async def prepare_code(
    archive: bytes, folder: Path, *, limit: int = UNZIPPED_LIMIT
) -> PreparedCode:
    """Unpack `archive` below `folder`, or find it there. Raises `InvalidCode`."""
    return await asyncio.to_thread(unpack, archive, folder, limit)


async def remove_code(path: Path) -> None:
    """Remove a prepared folder; one that is gone already is fine."""
    await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)


def unpack(archive: bytes, folder: Path, limit: int = UNZIPPED_LIMIT) -> PreparedCode:
    target = folder / hashlib.sha256(archive).hexdigest()
    if target.is_dir():
        return PreparedCode(target, _size_of(target))
    folder.mkdir(parents=True, exist_ok=True)
    growing = Path(tempfile.mkdtemp(prefix="unpacking-", dir=folder))
    try:
        size = _unpack_into(archive, growing, limit)
        _open_folders(growing)
        _sync(growing)
        growing.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        # Somebody else unpacked the same code at the same time.
        size = _size_of(target)
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    return PreparedCode(target, size)


def _unpack_into(archive: bytes, root: Path, limit: int) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            if not entries:
                raise InvalidCode("Uploaded file must be a non-empty zip")
            if len(entries) > _MOST_ENTRIES:
                raise could_not_unzip()
            return _write_entries(opened, entries, root, limit)
    except _NOT_A_ZIP:
        raise could_not_unzip() from None
    except RuntimeError:
        # What zipfile says of a password or of a method that was not compiled in.
        raise could_not_unzip() from None


def _write_entries(
    opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], root: Path, limit: int
) -> int:
    size = 0
    links: list[tuple[Path, str]] = []
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise could_not_unzip()
        path = root / safe_name(entry.filename)
        mode = entry.external_attr >> 16 if entry.create_system == _UNIX else 0
        try:
            if entry.is_dir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if stat.S_ISLNK(mode):
                links.append((path, _link_target(opened, entry, path, root)))
                continue
            size = _write_file(opened, entry, path, size, limit)
            path.chmod(0o755 if mode & 0o111 else 0o644)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            # One name is both a file and a folder.
            raise could_not_unzip() from None
    # Last, so that nothing is ever written through one.
    for path, target in links:
        _make_link(path, target)
    return size


def safe_name(name: str) -> PurePosixPath:
    """The name of an entry as a path that stays where it is put."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or len(name) > 4096:
        raise could_not_unzip()
    if any(len(part.encode("utf-8", "surrogateescape")) > 255 for part in path.parts):
        raise could_not_unzip()
    return path


def _write_file(
    opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, size: int, limit: int
) -> int:
    with opened.open(entry) as source, open(path, "wb") as target:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size >= limit:
                raise InvalidCode(f"Unzipped size must be smaller than {limit} bytes")
            target.write(piece)
    changed = _changed(entry)
    os.utime(path, (changed, changed))
    return size


def _changed(entry: zipfile.ZipInfo) -> int:
    # Tools that build reproducibly leave the date out: month 0, day 0.
    year, month, day, hour, minute, second = entry.date_time
    return calendar.timegm((year, max(month, 1), max(day, 1), hour, minute, second, 0, 0, 0))


def _link_target(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, root: Path) -> str:
    if entry.file_size > 4096:
        raise could_not_unzip()
    target = os.fsdecode(opened.read(entry))
    resolved = os.path.normpath(path.parent / target)
    if os.path.isabs(target) or not f"{resolved}/".startswith(f"{root}/"):
        raise could_not_unzip()
    return target


def _make_link(path: Path, target: str) -> None:
    if path.parent.is_symlink() or path.is_symlink() or path.exists():
        raise could_not_unzip()
    path.symlink_to(target)


def _size_of(folder: Path) -> int:
    return sum(
        (Path(parent) / name).lstat().st_size
        for parent, _, names in os.walk(folder)
        for name in names
    )


def _open_folders(root: Path) -> None:
    """Functions run as a user of their own, whatever the server's umask says."""
    for folder, _, _ in os.walk(root):
        os.chmod(folder, 0o755)


def _sync(folder: Path) -> None:
    """After a power cut a folder that has its final name must have its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        ctypes.CDLL(None).syncfs(descriptor)
    finally:
        os.close(descriptor)
