"""Where Ruby and Java are found."""

from pathlib import Path

import pytest

from lambent.runtime.installed_languages import java_homes, ruby_paths, ruby_prefix


def program(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_ruby_is_what_answers_as_one(tmp_path: Path) -> None:
    newest = program(tmp_path / "ruby", "printf '9.8 /opt/nine'")
    program(tmp_path / "ruby9.7", "exit 1")
    program(tmp_path / "rubyist", "printf '9.6 /opt/six'")
    found = ruby_paths([str(tmp_path)])

    assert found["9.8"] == str(newest)
    assert "9.7" not in found and "9.6" not in found
    assert ruby_prefix(str(newest)) == "/opt/nine"


@pytest.mark.parametrize(("written", "version"), [("99.0.1", "99"), ("1.98.0_402", "98")])
def test_a_jdk_is_found_through_its_compiler(tmp_path: Path, written: str, version: str) -> None:
    home = tmp_path / "jdk"
    program(home / "bin/java")
    compiler = program(home / "bin/javac")
    (home / "release").write_text(f'IMPLEMENTOR="X"\nJAVA_VERSION="{written}"\n')
    (tmp_path / "path").mkdir()
    (tmp_path / "path/javac").symlink_to(compiler)

    assert java_homes([str(tmp_path / "path")])[version] == str(home)


def test_what_has_no_compiler_is_no_jdk(tmp_path: Path) -> None:
    program(tmp_path / "jre/bin/java")
    (tmp_path / "jre/release").write_text('JAVA_VERSION="97"\n')

    assert "97" not in java_homes([str(tmp_path / "jre/bin")])
