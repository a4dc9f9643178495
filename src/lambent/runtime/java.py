"""
How Java functions start: our bootstrap, compiled once for each JDK, and the command that runs it.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from lambent.runtime import bootstraps
from lambent.runtime.api import SandboxFailed

_SOURCES = Path(bootstraps.__file__).parent / "java/lambent"
_COMPILING_SECONDS = 120
# AWS: what a function's heap has of its memory.
_HEAP_SHARE = 0.85
# What the function's owner may have chosen otherwise, and how that looks.
_CHOICES = (
    (("-Xmx", "MaxHeapSize", "MaxRAM"), "-XX:MaxHeapSize={heap}k"),
    (("GC ",), "-XX:+UseSerialGC"),
    # AWS: since Java 17, for starts that take less.
    (("TieredStopAtLevel", "TieredCompilation"), "-XX:TieredStopAtLevel=1"),
)


def classes_folder(home: str, folder: Path) -> Path:
    """Where the bootstrap is compiled to, for one JDK and these sources."""
    digest = hashlib.sha256(home.encode())
    for path in (Path(home, "release"), *_sources()):
        digest.update(path.read_bytes())
    return folder / f"java-{digest.hexdigest()[:16]}"


def _sources() -> list[Path]:
    return sorted(_SOURCES.glob("*.java"))


def compile_bootstrap(home: str, target: Path) -> None:
    """Raises SandboxFailed. Several servers may do it at once; the first to end is taken."""
    if target.is_dir():
        return
    making = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        making = tempfile.mkdtemp(prefix="making-", dir=target.parent)
        command = [f"{home}/bin/javac", "-nowarn", "-proc:none", "-encoding", "UTF-8", "-d", making]
        command += map(str, _sources())
        subprocess.run(command, capture_output=True, check=True, timeout=_COMPILING_SECONDS)
        # Functions are another user.
        for folder, _, files in os.walk(making):
            os.chmod(folder, 0o755)
            for name in files:
                os.chmod(os.path.join(folder, name), 0o644)
        os.rename(making, target)
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip()
        raise SandboxFailed(f"The bootstrap for Java could not be compiled: {words}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        if not target.is_dir():
            raise SandboxFailed(f"The bootstrap for Java could not be compiled: {error}") from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def launch_command(
    executable: str, classes: str, memory_size: int, roots: tuple[str, ...], tool_options: str
) -> list[str]:
    """
    What runs the bootstrap with the function's classes. `roots` are its code, then its layers.

    The virtual machine reads JAVA_TOOL_OPTIONS itself, before the command, which would win.

    https://docs.aws.amazon.com/lambda/latest/dg/java-package.html
    """
    task_root, *layers = roots
    path = [classes, task_root, f"{task_root}/lib/*", *(f"{layer}/java/lib/*" for layer in layers)]
    heap = int(memory_size * 1024 * _HEAP_SHARE)
    options = [
        option.format(heap=heap)
        for marks, option in _CHOICES
        if not any(mark in f"{tool_options} " for mark in marks)
    ]
    return [
        executable,
        *options,
        "-XX:-UsePerfData",
        "-Dfile.encoding=UTF-8",
        "-Dsun.jnu.encoding=UTF-8",
        "-cp",
        ":".join(path),
        "lambent.Bootstrap",
    ]
