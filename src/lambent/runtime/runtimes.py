"""
Which interpreter of this machine runs which of AWS's runtimes.

The table says what a runtime identifier is; the rest looks what is installed. A version that is
not there is replaced by the nearest that is, if the settings allow it.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

from lambent.runtime.api import RuntimeNotAvailable
from lambent.runtime.sandbox.file_system import own_interpreter

_IDENTIFIER = re.compile(r"(python|nodejs)(\d+(?:\.\d+)?)(?:\.x)?$")
_INSTALL = {
    "python": "Install python{version} (Debian: apt-get install python{version})",
    "nodejs": "Install Node.js {version} (Debian: apt-get install nodejs)",
}
_OTHERS = {
    "java": "Java functions cannot run yet",
    "ruby": "Ruby functions cannot run yet",
    "dotnet": ".NET functions cannot run yet",
    "go": "Build the function for provided.al2023 instead",
    "provided": "Custom runtimes cannot run yet",
}
_OLDEST_PYTHON = (3, 9)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One installed interpreter. `prefix` is the folder that holds all that it needs."""

    language: str  # "python" or "nodejs"
    version: str  # "3.11", "20"
    executable: str
    prefix: str
    standard_library: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    interpreter: Interpreter
    warning: str | None = None


def choose_interpreter(runtime: str, *, allow_substitution: bool) -> Choice:
    matched = _IDENTIFIER.match(runtime)
    if matched is None:
        family = next((name for name in _OTHERS if runtime.startswith(name)), None)
        reason = _OTHERS.get(family or "", "Lambent does not know this runtime")
        raise RuntimeNotAvailable(f"The runtime {runtime} is not available. {reason}.")
    language, version = matched.groups()
    installed = _installed(language)
    exact = next((each for each in installed if each.version == version), None)
    if exact is not None:
        return Choice(exact)
    advice = _INSTALL[language].format(version=version)
    if not installed:
        raise RuntimeNotAvailable(f"The runtime {runtime} is not available. {advice}.")
    if not allow_substitution:
        raise RuntimeNotAvailable(
            f"The runtime {runtime} is not installed and substitution is switched off. {advice}."
        )
    nearest = nearest_version(version, [each.version for each in installed])
    chosen = next(each for each in installed if each.version == nearest)
    return Choice(
        chosen,
        f"[WARNING] {runtime} is not installed on this machine; the function runs on"
        f" {language} {nearest}. {advice}.",
    )


def nearest_version(wanted: str, installed: list[str]) -> str:
    """The closest version; of two as close, the newer."""
    target = _ordinal(wanted)
    return min(installed, key=lambda each: (abs(_ordinal(each) - target), -_ordinal(each)))


def _ordinal(version: str) -> int:
    major, _, minor = version.partition(".")
    return int(major) * 1000 + int(minor or 0)


@cache
def _installed(language: str) -> list[Interpreter]:
    return _installed_pythons() if language == "python" else _installed_nodes()


def _installed_pythons() -> list[Interpreter]:
    executable, _ = own_interpreter()
    found: dict[str, Interpreter] = {}
    candidates = [executable]
    for folder in _folders(executable):
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        candidates += [f"{folder}/{name}" for name in names if re.fullmatch(r"python3\.\d+", name)]
    for candidate in candidates:
        version = re.search(r"python(3\.\d+)$", candidate)
        if version is not None and version.group(1) in found:
            continue
        interpreter = _asked(os.path.realpath(candidate))
        if interpreter is not None:
            found.setdefault(interpreter.version, interpreter)
    return list(found.values())


def _folders(executable: str) -> list[str]:
    """Where interpreters are looked for: the PATH, and the siblings of the server's own."""
    versions = os.path.dirname(os.path.dirname(os.path.dirname(executable)))
    try:
        siblings = [f"{versions}/{name}/bin" for name in sorted(os.listdir(versions))]
    except OSError:
        siblings = []
    path = [*os.environ.get("PATH", "").split(":"), "/usr/local/bin", "/usr/bin"]
    shims = [folder for folder in path if folder and not folder.endswith("shims")]
    return list(dict.fromkeys([*shims, *siblings]))


_QUESTION = (
    "import sys, sysconfig; print('.'.join(map(str, sys.version_info[:2])));"
    "print(sys.base_prefix); print('\\n'.join(sys.path))"
)


def _asked(executable: str) -> Interpreter | None:
    """Ask an interpreter about itself; None if it does not answer or is too old."""
    try:
        answer = subprocess.run(
            [executable, "-I", "-S", "-c", _QUESTION], capture_output=True, timeout=10, check=True
        ).stdout.decode()
    except (OSError, subprocess.SubprocessError):
        return None
    version, prefix, *path = answer.splitlines()
    if tuple(map(int, version.split("."))) < _OLDEST_PYTHON:
        return None
    return Interpreter("python", version, executable, prefix, tuple(filter(None, path)))


def _installed_nodes() -> list[Interpreter]:
    executable = shutil.which("node")
    if executable is None:
        return []
    try:
        answer = subprocess.run(
            [executable, "--version"], capture_output=True, timeout=10, check=True
        ).stdout.decode()
    except (OSError, subprocess.SubprocessError):
        return []
    real = os.path.realpath(executable)
    version = answer.strip().removeprefix("v").partition(".")[0]
    return [Interpreter("nodejs", version, real, os.path.dirname(os.path.dirname(real)))]
