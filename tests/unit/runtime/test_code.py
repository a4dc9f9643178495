"""Zips that are fine, and zips that are not."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.runtime.code import InvalidCode, prepare_code, unpack

COULD_NOT = "Could not unzip uploaded file. Please check your file, then try to upload again."


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return written.getvalue()


def unix_entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = mode << 16
    return entry


def refused(code: bytes, folder: Path, limit: int = 262_144_000) -> str:
    with pytest.raises(InvalidCode) as raised:
        unpack(code, folder, limit)
    assert list(folder.glob("*")) == []
    return raised.value.message


def test_a_file_without_a_date_is_as_old_as_zip_knows(tmp_path: Path) -> None:
    """
    Tools that build reproducibly leave the date out: month 0 and day 0.
    """
    undated = zipfile.ZipInfo("app.py")
    undated.date_time = (1980, 0, 0, 0, 0, 0)

    unpacked = unpack(archive((undated, b"x")), tmp_path)

    assert (unpacked.path / "app.py").stat().st_mtime == 315_532_800


async def test_code_is_unpacked_once_and_found_again(tmp_path: Path) -> None:
    code = archive(("app.py", b"x = 1"), ("folder/more.py", b"y"))

    first = await prepare_code(code, tmp_path)
    second = await prepare_code(code, tmp_path)

    assert first == second
    assert first.unzipped_size == 6
    assert (first.path / "folder/more.py").read_bytes() == b"y"
    assert [entry.name for entry in tmp_path.iterdir()] == [first.path.name]


def test_files_can_be_read_by_all_and_stay_executable(tmp_path: Path) -> None:
    code = archive(
        (unix_entry("bootstrap", stat.S_IFREG | 0o700), b"#!"),
        (unix_entry("secret", stat.S_IFREG | 0o600), b""),
        (unix_entry("setuid", stat.S_IFREG | 0o4755), b""),
    )
    path = unpack(code, tmp_path).path

    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.iterdir()}
    assert modes == {"bootstrap": 0o755, "secret": 0o644, "setuid": 0o755}


def test_links_within_the_code_are_kept(tmp_path: Path) -> None:
    code = archive(
        (unix_entry("lib/link.so", stat.S_IFLNK | 0o777), b"../real.so"), ("real.so", b"elf")
    )
    path = unpack(code, tmp_path).path

    assert (path / "lib/link.so").read_bytes() == b"elf"


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../out", "a" * 300, ".."])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert refused(archive((name, b"x")), tmp_path / "code") == COULD_NOT
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("target", [b"/etc/passwd", b"../..", b"../../work", b"a/../../../x"])
def test_links_that_lead_out_are_refused(tmp_path: Path, target: bytes) -> None:
    code = archive((unix_entry("link", stat.S_IFLNK | 0o777), target))

    assert refused(code, tmp_path) == COULD_NOT


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    folder = unix_entry("folder", stat.S_IFLNK | 0o777)

    assert refused(archive((folder, b"."), ("folder/file", b"x")), tmp_path) == COULD_NOT


def test_a_link_beneath_a_link_is_refused(tmp_path: Path) -> None:
    one = unix_entry("one", stat.S_IFLNK | 0o777)
    two = unix_entry("one/two", stat.S_IFLNK | 0o777)

    assert refused(archive((one, b"."), (two, b"x")), tmp_path) == COULD_NOT


def test_a_bomb_is_stopped_while_it_grows(tmp_path: Path) -> None:
    message = refused(archive(("zeros", bytes(50_000_000))), tmp_path, limit=1_000_000)

    assert message == "Unzipped size must be smaller than 1000000 bytes"


def test_a_size_that_lies_is_not_believed(tmp_path: Path) -> None:
    code = archive(("zeros", bytes(5_000_000)))
    lying = code.replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    refused(lying, tmp_path, limit=1_000_000)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    code = bytearray(archive(("app.py", b"x")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        code[code.index(signature) + offset] |= 1

    assert refused(bytes(code), tmp_path) == COULD_NOT


def test_an_empty_zip_is_refused(tmp_path: Path) -> None:
    assert refused(archive(), tmp_path) == "Uploaded file must be a non-empty zip"


def test_one_name_cannot_be_a_file_and_a_folder(tmp_path: Path) -> None:
    assert refused(archive(("a", b""), ("a/b", b"")), tmp_path) == COULD_NOT


@settings(max_examples=50)
@given(st.data())
def test_a_zip_with_wrong_bytes_is_unpacked_or_refused(data: st.DataObject) -> None:
    """
    Whatever is in it: prepared code or AWS's error, and nothing else.
    """
    import tempfile

    code = bytearray(archive(("app.py", b"x = 1" * 50), ("b/c.py", b"y")))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(code) - 1))
        code[position] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        try:
            unpack(bytes(code), Path(folder))
        except InvalidCode:
            assert list(Path(folder).iterdir()) == []


def test_functions_can_read_their_code_whatever_the_umask_of_the_server(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        prepared = unpack(archive(("package/deeper/module.py", b"")), tmp_path)
    finally:
        os.umask(before)

    file = prepared.path / "package" / "deeper" / "module.py"
    folders = [prepared.path, prepared.path / "package", file.parent]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o755] * 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
