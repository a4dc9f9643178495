"""
The stock clients, each in an environment of its own, made on first use and kept under `build/`.

They cannot live in the project's own environment: their pins contradict ours and each other's.
A name ends with the hash of what was asked for, so a new version is a new environment.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "clients"


def python_environment(name: str) -> Path:
    """The folder of the programs of the packages that `requirements/<name>.txt` pins."""
    requirements = HERE / "requirements" / f"{name}.txt"

    def make(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = (folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check")
        # Everything is pinned, so there is nothing to resolve.
        subprocess.run([*pip, "--no-deps", "--no-compile", "-r", requirements], check=True)

    return _made(name, requirements.read_bytes() + sys.version.encode(), make) / "bin"


def node_environment(name: str) -> Path:
    """The folder that holds the `node_modules` which `<name>/package-lock.json` pins."""
    source = HERE / name

    def make(folder: Path) -> None:
        folder.mkdir()
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, folder)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder,
            check=True,
        )

    return _made(name, (source / "package-lock.json").read_bytes(), make)


def _made(name: str, wanted: bytes, make: Callable[[Path], None]) -> Path:
    folder = BUILD / f"{name}-{hashlib.sha256(wanted).hexdigest()[:12]}"
    ready = folder / ".ready"
    with _alone(name):
        if not ready.exists():
            for old in BUILD.glob(f"{name}-*"):
                shutil.rmtree(old)
            make(folder)
            ready.touch()
    return folder


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Tests run in several processes; one makes the environment and the others wait."""
    BUILD.mkdir(parents=True, exist_ok=True)
    lock = os.open(BUILD / f"{name}.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
