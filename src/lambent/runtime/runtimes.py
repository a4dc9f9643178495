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
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from lambent.runtime import installed_languages
from lambent.runtime.api import RuntimeNotAvailable
from lambent.runtime.sandbox.file_system import own_interpreter, own_standard_library

_IDENTIFIER = re.compile(r"(python|nodejs|ruby|java)(\d+(?:\.\d+)?)(?:\.x|\.al2)?$")
_INSTALL = {
    "python": "Install python{version} (Debian: apt-get install python{version})",
    "nodejs": "Install Node.js {version} (Debian: apt-get install nodejs)",
    "ruby": "Install Ruby {version} (Debian: apt-get install ruby)",
    "java": "Install a JDK {version} (Debian: apt-get install openjdk-{version}-jdk-headless)",
}
_OTHERS = {
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

    language: str  # "python", "nodejs", "ruby", "java", or "provided" for what brings its own
    version: str  # "3.11", "20"
    executable: str
    prefix: str
    standard_library: tuple[str, ...] = ()

    @property
    def speaks_api(self) -> bool:
        """Whether what runs the handler asks the Runtime API for work, over HTTP."""
        return self.language not in ("python", "nodejs")


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
    advice = installation_advice(language, version)
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


def installation_advice(language: str, version: str) -> str:
    return _INSTALL[language].format(version=version)


@cache
def _nearest_working(language: str, version: str) -> Interpreter | None:
    """The installed interpreter closest to a version. Only those that come close are asked."""
    paths, ask, nearest_of = _LANGUAGES[language]
    installed = dict(paths())
    while installed:
        nearest = nearest_of(version, list(installed))
        interpreter = ask(nearest, installed.pop(nearest))
        if interpreter is not None:
            return interpreter
    return None


def nearest_version(wanted: str, installed: list[str]) -> str:
    """The closest version; of two as close, the newer."""
    target = _ordinal(wanted)
    return min(installed, key=lambda each: (abs(_ordinal(each) - target), -_ordinal(each)))


def nearest_java(wanted: str, installed: list[str]) -> str:
    """A newer version runs what was compiled for an older one, and never the reverse."""
    newer = [version for version in installed if _ordinal(version) >= _ordinal(wanted)]
    return nearest_version(wanted, newer or installed)


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


def _ruby(version: str, path: str) -> Interpreter:
    return Interpreter("ruby", version, path, installed_languages.ruby_prefix(path))


def _java(version: str, home: str) -> Interpreter:
    return Interpreter("java", version, f"{home}/bin/java", home)


def _output_of(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode().strip()


@cache
def _ruby_paths() -> dict[str, str]:
    return installed_languages.ruby_paths(_folders(own_interpreter()[0]))


@cache
def _java_homes() -> dict[str, str]:
    return installed_languages.java_homes(_folders(own_interpreter()[0]))


# For each language: what is installed, what it says of itself, and what replaces a version.
_LANGUAGES: dict[
    str,
    tuple[
        Callable[[], dict[str, str]],
        Callable[[str, str], Interpreter | None],
        Callable[[str, list[str]], str],
    ],
] = {
    "python": (_python_paths, _asked_python, nearest_version),
    "nodejs": (_node_paths, _node, nearest_version),
    "ruby": (_ruby_paths, _ruby, nearest_version),
    "java": (_java_homes, _java, nearest_java),
}
