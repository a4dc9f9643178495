"""Which code may use the SDK."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from lambent.runtime import sdk_use
from lambent.runtime.sdk_use import SdkUse, mentions_sdk
from tests.function_versions import function_version


@pytest.mark.parametrize(
    ("name", "contents", "mentions"),
    [
        ("app.py", b"import boto3", True),
        ("deep/er/app.py", b"from botocore.config import Config", True),
        ("app.pyc", b"\x00\x05boto3\x00", True),
        ("app.py", b"import json", False),
        ("notes.txt", b"boto3", False),
    ],
)
def test_it_is_what_is_written_in_the_code(
    tmp_path: Path, name: str, contents: bytes, mentions: bool
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)

    assert mentions_sdk((tmp_path,)) is mentions


def test_layers_count(tmp_path: Path) -> None:
    code, layer = tmp_path / "code", tmp_path / "layer"
    code.mkdir()
    layer.mkdir()
    (layer / "shared.py").write_text("import boto3")

    assert mentions_sdk((code, layer))
    assert not mentions_sdk((code,))


def test_what_is_too_much_to_look_through_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk_use, "_MOST_FILES", 2)
    for number in range(3):
        (tmp_path / f"{number}.py").write_text("")

    assert mentions_sdk((tmp_path,))


def test_what_cannot_be_read_may(tmp_path: Path) -> None:
    (tmp_path / "app.py").symlink_to(tmp_path / "nowhere")

    assert mentions_sdk((tmp_path,))


async def test_the_code_of_a_version_is_looked_through_once(tmp_path: Path) -> None:
    version, sdk_use = function_version("f", code=tmp_path), SdkUse()
    (tmp_path / "app.py").write_text("import boto3")
    assert await asyncio.gather(*(sdk_use.of(version) for _ in range(3))) == [True] * 3

    (tmp_path / "app.py").write_text("import json")
    assert await sdk_use.of(version)
    assert not await sdk_use.of(replace(version, key="other contents"))
    sdk_use.forget(version.key)
    assert not await sdk_use.of(version)
