"""How Java is started."""

from pathlib import Path

import pytest

from lambent.runtime.api import SandboxFailed
from lambent.runtime.java import compile_bootstrap, launch_command

ROOTS = ("/var/task", "/opt")


def test_the_command_has_the_heap_and_the_class_path_that_aws_gives() -> None:
    command = launch_command("/jdk/bin/java", "/var/runtime/java", 512, ROOTS, "")

    assert command[0] == "/jdk/bin/java"
    assert "-XX:MaxHeapSize=445644k" in command
    assert command[command.index("-cp") + 1] == (
        "/var/runtime/java:/var/task:/var/task/lib/*:/opt/java/lib/*"
    )


@pytest.mark.parametrize(
    ("chosen", "left_out"),
    [
        ("-Xmx100m", "-XX:MaxHeapSize"),
        ("-XX:MaxRAMPercentage=50", "-XX:MaxHeapSize"),
        ("-XX:+UseG1GC -Dx=y", "-XX:+UseSerialGC"),
        ("-XX:TieredStopAtLevel=4", "-XX:TieredStopAtLevel"),
    ],
)
def test_what_the_owner_chooses_is_not_chosen_again(chosen: str, left_out: str) -> None:
    command = launch_command("java", "/classes", 512, ROOTS, chosen)

    assert not [option for option in command if option.startswith(left_out)]


def test_a_compiler_that_fails_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    compiler = tmp_path / "jdk/bin/javac"
    compiler.parent.mkdir(parents=True)
    compiler.write_text("#!/bin/sh\necho 'out of order' >&2\nexit 1\n")
    compiler.chmod(0o755)
    work = tmp_path / "work"

    with pytest.raises(SandboxFailed, match="out of order"):
        compile_bootstrap(str(tmp_path / "jdk"), work / "java-1")
    assert list(work.iterdir()) == []
