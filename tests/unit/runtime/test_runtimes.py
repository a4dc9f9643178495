"""Which interpreter runs which runtime, and the filter of system calls."""

import pytest

from lambent.runtime.api import RuntimeNotAvailable
from lambent.runtime.runtimes import (
    choose_interpreter,
    installation_advice,
    nearest_java,
    nearest_version,
)


@pytest.mark.parametrize(
    ("wanted", "installed", "nearest"),
    [
        ("3.12", ["3.11", "3.13"], "3.13"),
        ("3.9", ["3.11", "3.13"], "3.11"),
        ("22", ["18", "20"], "20"),
        ("3.11", ["3.11"], "3.11"),
    ],
)
def test_the_nearest_version_is_taken_and_of_two_the_newer(
    wanted: str, installed: list[str], nearest: str
) -> None:
    assert nearest_version(wanted, installed) == nearest


@pytest.mark.parametrize("runtime", ["dotnet8", "go1.x", "cobol"])
def test_a_runtime_that_cannot_run_says_why(runtime: str) -> None:
    with pytest.raises(RuntimeNotAvailable, match=f"The runtime {runtime} is not available"):
        choose_interpreter(runtime, allow_substitution=True)


@pytest.mark.parametrize(
    ("language", "version", "package"),
    [
        ("python", "3.13", "python3.13"),
        ("nodejs", "22", "nodejs"),
        ("ruby", "3.3", "ruby"),
        ("java", "21", "openjdk-21-jdk-headless"),
    ],
)
def test_each_language_says_what_to_install(language: str, version: str, package: str) -> None:
    assert installation_advice(language, version).endswith(f"(Debian: apt-get install {package})")


def test_dotnet_says_how_to_build_instead() -> None:
    with pytest.raises(RuntimeNotAvailable, match=r"dotnet publish --self-contained"):
        choose_interpreter("dotnet8", allow_substitution=True)


@pytest.mark.parametrize(
    ("wanted", "installed", "nearest"),
    [
        ("17", ["11", "17", "21"], "17"),
        ("17", ["11", "21", "25"], "21"),
        ("21", ["11", "17"], "17"),
        ("8", ["17"], "17"),
    ],
)
def test_java_prefers_what_runs_the_same_classes(
    wanted: str, installed: list[str], nearest: str
) -> None:
    assert nearest_java(wanted, installed) == nearest


def test_a_substitute_is_a_warning_or_an_error() -> None:
    choice = choose_interpreter("python3.99", allow_substitution=True)

    assert choice.warning is not None
    assert "python3.99 is not installed on this machine" in choice.warning
    with pytest.raises(RuntimeNotAvailable, match=r"Install python3\.99"):
        choose_interpreter("python3.99", allow_substitution=False)
