"""
Where Ruby and Java are on this machine.

Debian, version managers and JAVA_HOME each have a place of their own.
"""

import glob
import os
import re
import subprocess
from pathlib import Path

_RUBY_QUESTION = "print RUBY_VERSION[/\\d+\\.\\d+/], ' ', RbConfig::CONFIG['prefix']"
_RUBIES = ("~/.rbenv/versions/*/bin", "~/.rubies/*/bin", "/opt/rubies/*/bin")
_JDKS = ("/usr/lib/jvm/*/bin", "/opt/java/*/bin", "~/.sdkman/candidates/java/*/bin")


def ruby_paths(folders: list[str]) -> dict[str, str]:
    """Executables by version; the first of a version, as the folders come, is taken."""
    found: dict[str, str] = {}
    for folder in [*folders, *_matching(_RUBIES)]:
        for path in sorted(glob.glob(f"{folder}/ruby*")):
            if re.fullmatch(r"ruby(\d+\.\d+)?", os.path.basename(path)):
                version = _ruby_answer(path).partition(" ")[0]
                if version and version not in found:
                    found[version] = os.path.realpath(path)
    return found


def ruby_prefix(path: str) -> str:
    return _ruby_answer(path).partition(" ")[2]


def _ruby_answer(path: str) -> str:
    try:
        command = [path, "--disable=gems", "-rrbconfig", "-e", _RUBY_QUESTION]
        done = subprocess.run(command, capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode()


def java_homes(folders: list[str]) -> dict[str, str]:
    """
    The folders of JDKs by version.

    What has no compiler is not one: the bootstrap is compiled where it runs.
    """
    own = [f"{os.environ['JAVA_HOME']}/bin"] if os.environ.get("JAVA_HOME") else []
    found: dict[str, str] = {}
    for folder in [*own, *folders, *_matching(_JDKS)]:
        compiler = Path(f"{folder}/javac").resolve()
        home = compiler.parent.parent
        if compiler.is_file() and (home / "bin/java").exists():
            version = _java_version(home)
            if version:
                found.setdefault(version, str(home))
    return found


def _java_version(home: Path) -> str:
    """Every JDK since 7 says it in a file."""
    try:
        text = (home / "release").read_text()
    except OSError:
        return ""
    # Up to 8 it is written 1.8.
    matched = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', text, re.MULTILINE)
    return matched.group(1) if matched else ""


def _matching(patterns: tuple[str, ...]) -> list[str]:
    return sorted(path for each in patterns for path in glob.glob(os.path.expanduser(each)))
