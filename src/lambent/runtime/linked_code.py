"""
A folder of the developer's machine that is a function's code: looked at for changes, and packed.

What is looked at is names, sizes and times, never contents. Installed packages are many files that
nobody edits: of a folder that holds them only its own entry counts, which changes when something
is added to it or taken out of it.
"""

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Of these only the folder itself is looked at.
_PACKAGES = frozenset({"node_modules", "site-packages"})
# What tools keep beside the code; not part of it.
_NOT_CODE = frozenset({"__pycache__", ".git", ".venv", ".mypy_cache", ".pytest_cache"})
_MOST_ENTRIES = 200_000
# The earliest that a zip can name: the same files make the same package.
_DATE = (1980, 1, 1, 0, 0, 0)


class TooManyFiles(Exception):
    """A folder of so many files is not somebody's function."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a folder looked like: equal looks are the same code. `size` is in bytes."""

    signature: str
    size: int
    entries: int


def look_at(folder: Path) -> Look:
    """Raises OSError where the folder cannot be read."""
    root = folder.stat()
    seen = hashlib.sha256(f"{root.st_dev} {root.st_ino}".encode())
    size = count = 0
    for path, entry in _entries(folder, into_packages=False):
        count += 1
        status = entry.stat(follow_symlinks=False)
        seen.update(os.fsencode(path))
        seen.update(
            b"\0%d %d %d %d\n" % (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino)
        )
        size += status.st_size
    return Look(seen.hexdigest(), size, count)


def zip_of(folder: Path) -> bytes:
    """The folder as a deployment package; links are packed as links."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, entry in _entries(folder, into_packages=True):
            mode = entry.stat(follow_symlinks=False).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
                continue
            packed = zipfile.ZipInfo(path, _DATE)
            packed.compress_type = zipfile.ZIP_DEFLATED
            packed.external_attr = mode << 16
            is_link = stat.S_ISLNK(mode)
            content = os.fsencode(os.readlink(entry.path)) if is_link else _content(entry.path)
            archive.writestr(packed, content)
    return file.getvalue()


def _content(path: str) -> bytes:
    return Path(path).read_bytes()


def _entries(folder: Path, *, into_packages: bool) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All files and folders below, in an order of their own; paths are relative."""
    waiting = [("", os.fspath(folder))]
    count = 0
    while waiting:
        prefix, path = waiting.pop()
        with os.scandir(path) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        count += len(entries)
        if count > _MOST_ENTRIES:
            raise TooManyFiles(f"more than {_MOST_ENTRIES} files")
        for entry in entries:
            if entry.name in _NOT_CODE:
                continue
            name = prefix + entry.name
            yield name, entry
            if entry.is_dir(follow_symlinks=False) and (
                into_packages or entry.name not in _PACKAGES
            ):
                waiting.append((f"{name}/", entry.path))
