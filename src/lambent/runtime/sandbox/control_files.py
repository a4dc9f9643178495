"""
The files and folders of control groups, of which any may be missing or refuse.

Each sandbox needs a dozen of them: so without the layers that files of the disk need.
"""

import os
from pathlib import Path


def words(path: str | Path) -> list[str]:
    try:
        return Path(path).read_text().split()
    except OSError:
        return []


def try_write(path: str | Path, text: str) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    except OSError:
        return False
    try:
        os.write(descriptor, text.encode())
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def try_remove(folder: str | Path) -> bool:
    try:
        os.rmdir(folder)
    except OSError:
        return False
    return True
