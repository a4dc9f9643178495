"""
Which interpreter of this machine runs which of AWS's runtimes.

The table says what a runtime identifier is; the rest looks what is installed. A version that is
not there is replaced by the nearest that is, if the settings allow it.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from lambent.runtime.api import RuntimeNotAvailable
from lambent.runtime.sandbox.file_system import own_interpreter, own_standard_library

_IDENTIFIER = re.compile(r"(python|nodejs)(\d+(?:\.\d+)?)(?:\.x)?$")
_INSTALL = {
    "python": "Install python{version} (Debian: apt-get install python{version})",
    "nodejs": "Install Node.js {version} (Debian: apt-get install nodejs)",
}
_OTHERS = {
    "java": "Java functions cannot run yet",
    "ruby": "Ruby functions cannot run yet",
    "dotnet": (
        ".NET runs as an executable: build the function with Amazon.Lambda.RuntimeSupport,"
        " self-contained (dotnet publish --self-contained) or with native AOT, as bootstrap for"
        " provided.al2023"
    ),
    "go": "Build the function for provided.al2023 instead",
}
_CUSTOM = frozenset(("provided", "provided.al2", "provided.al2023"))
_OLDEST_PYTHON = 3010  # 3.10: the SDK that we show to functions needs it


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One installed interpreter. `prefix` is the folder that holds all that it needs."""

    language: str  # "python", "nodejs", or "provided" for what brings its own
    version: str  # "3.11", "20"
    executable: str
    prefix: str
    standard_library: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    interpreter: Interpreter
    warning: str | None = None


def choose_interpreter(runtime: str, *, allow_substitution: bool) -> Choice:
    if runtime in _CUSTOM:
        executable, prefix = own_interpreter()
        return Choice(Interpreter("provided", "", executable, prefix))
    matched = _IDENTIFIER.match(runtime)
    if matched is None:
        family = next((name for name in _OTHERS if runtime.startswith(name)), None)
        reason = _OTHERS.get(family or "", "Lambent does not know this runtime")
        raise RuntimeNotAvailable(f"The runtime {runtime} is not available. {reason}.")
    language, version = matched.groups()
    advice = _INSTALL[language].format(version=version)
    interpreter = _nearest_working(language, version)
    if interpreter is None:
        raise RuntimeNotAvailable(f"The runtime {runtime} is not available. {advice}.")
    if interpreter.version == version:
        return Choice(interpreter)
    if not allow_substitution:
        raise RuntimeNotAvailable(
            f"The runtime {runtime} is not installed and substitution is switched off. {advice}."
        )
    return Choice(
        interpreter,
        f"[WARNING] {runtime} is not installed on this machine; the function runs on"
        f" {language} {interpreter.version}. {advice}.",
    )


@cache
def _nearest_working(language: str, version: str) -> Interpreter | None:
    """The installed interpreter closest to a version. Only those that come close are asked."""
    installed = dict(_python_paths() if language == "python" else _node_paths())
    while installed:
        nearest = nearest_version(version, list(installed))
        ask = _asked_python if language == "python" else _node
        interpreter = ask(nearest, installed.pop(nearest))
        if interpreter is not None:
            return interpreter
    return None


def nearest_version(wanted: str, installed: list[str]) -> str:
    """The closest version; of two as close, the newer."""
    target = _ordinal(wanted)
    return min(installed, key=lambda each: (abs(_ordinal(each) - target), -_ordinal(each)))


def _ordinal(version: str) -> int:
    major, _, minor = version.partition(".")
    return int(major) * 1000 + int(minor or 0)


@cache
def _python_paths() -> dict[str, str]:
    """Executables by version, as far as their names tell; the server's own comes first."""
    executable, _ = own_interpreter()
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": executable}
    for folder in _folders(executable):
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in names:
            matched = re.fullmatch(r"python(3\.\d+)", name)
            if matched is not None and _ordinal(matched.group(1)) >= _OLDEST_PYTHON:
                found.setdefault(matched.group(1), f"{folder}/{name}")
    return found


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


_QUESTION = "import sys; print(sys.base_prefix); print('\\n'.join(sys.path))"


def _asked_python(version: str, path: str) -> Interpreter | None:
    """Ask an interpreter about itself; None if it does not answer."""
    executable = os.path.realpath(path)
    if executable == own_interpreter()[0]:
        library = tuple(own_standard_library())
        return Interpreter("python", version, executable, own_interpreter()[1], library)
    answer = _output_of([executable, "-I", "-S", "-c", _QUESTION])
    if not answer:
        return None
    prefix, *library_path = answer.splitlines()
    return Interpreter("python", version, executable, prefix, tuple(filter(None, library_path)))


@cache
def _node_paths() -> dict[str, str]:
    executable = shutil.which("node")
    version = "" if executable is None else _output_of([executable, "--version"])
    if executable is None or not version:
        return {}
    return {version.removeprefix("v").partition(".")[0]: executable}


def _node(version: str, path: str) -> Interpreter:
    executable = os.path.realpath(path)
    prefix = os.path.dirname(os.path.dirname(executable))
    return Interpreter("nodejs", version, executable, prefix)


def _output_of(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode().strip()
