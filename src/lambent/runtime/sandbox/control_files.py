"""
The files and folders of control groups, of which any may be missing or refuse.
"""

from pathlib import Path


def words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


def try_write(path: Path, text: str) -> bool:
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError:
        return False
    return True


def try_remove(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True
