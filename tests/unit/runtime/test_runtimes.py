"""Which interpreter runs which runtime, and the filter of system calls."""

import pytest

from lambent.runtime.api import RuntimeNotAvailable
from lambent.runtime.runtimes import choose_interpreter, nearest_version


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


@pytest.mark.parametrize("runtime", ["java21", "ruby3.3", "dotnet8", "cobol"])
def test_a_runtime_that_cannot_run_says_why(runtime: str) -> None:
    with pytest.raises(RuntimeNotAvailable, match=f"The runtime {runtime} is not available"):
        choose_interpreter(runtime, allow_substitution=True)


def test_a_substitute_is_a_warning_or_an_error() -> None:
    choice = choose_interpreter("python3.99", allow_substitution=True)

    assert choice.warning is not None
    assert "python3.99 is not installed on this machine" in choice.warning
    with pytest.raises(RuntimeNotAvailable, match=r"Install python3\.99"):
        choose_interpreter("python3.99", allow_substitution=False)
