"""Folders that are code: when they look different, and what package they make."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lambent.runtime.code import unpack
from lambent.runtime.linked_code import look_at, zip_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    code = tmp_path / "code"
    for name in ("main.py", "lib/helper.py", "node_modules/left/index.js", ".git/HEAD"):
        path = code / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return code


def edited(path: Path) -> None:
    path.write_text("edited")


def touched(path: Path) -> None:
    os.utime(path, (1, 1))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("main.py", edited),
        ("main.py", touched),
        ("main.py", Path.unlink),
        ("lib/helper.py", edited),
        ("lib/added.py", edited),
        ("added", Path.mkdir),
        ("node_modules/added", Path.mkdir),
    ],
)
def test_what_belongs_to_the_code_changes_its_look(
    folder: Path, name: str, change: Callable[[Path], None]
) -> None:
    before = look_at(folder)
    change(folder / name)
    assert look_at(folder).signature != before.signature


@pytest.mark.parametrize(
    "name", [".git/HEAD", "__pycache__/main.pyc", "node_modules/left/index.js"]
)
def test_what_tools_and_packages_keep_does_not(folder: Path, name: str) -> None:
    (folder / "__pycache__").mkdir()
    before = look_at(folder)
    edited(folder / name)
    # The folder itself has a time, too, and is not what was edited.
    assert look_at(folder) == before


def test_another_folder_of_the_same_name_is_another(folder: Path, tmp_path: Path) -> None:
    before = look_at(folder)
    folder.rename(tmp_path / "old")
    folder.mkdir()
    assert look_at(folder).signature != before.signature


def test_a_package_holds_all_of_the_code_and_the_same_files_are_the_same_bytes(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "link").symlink_to("lib/helper.py")
    (folder / "bootstrap").write_text("#!/bin/sh\n")
    (folder / "bootstrap").chmod(0o755)
    package = zip_of(folder)
    os.utime(folder / "main.py", (1, 1))
    assert zip_of(folder) == package
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert sorted(archive.namelist()) == [
            "bootstrap",
            "lib/helper.py",
            "link",
            "main.py",
            "node_modules/left/index.js",
        ]
    unpacked = unpack(package, tmp_path / "unpacked").path
    assert (unpacked / "link").read_text() == "lib/helper.py"
    assert os.access(unpacked / "bootstrap", os.X_OK)
