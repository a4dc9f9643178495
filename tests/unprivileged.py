"""
Runs a command as an ordinary user: `python tests/unprivileged.py PROGRAM ARGUMENT…`.

The machine's administrator becomes nobody; whoever is somebody already stays who he is. What the
command needs of Python may lie where only the administrator may look (`/root/.pyenv`), so that is
shown in a mount namespace of the command's own. With `--without-namespaces` the command cannot make
user namespaces, as on machines that keep them from ordinary users.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lambent.runtime.sandbox.inside import linux

NOBODY = 65534


def launcher(*options: str) -> tuple[str, ...]:
    """What stands before a command that an ordinary user is to run."""
    return (sys.executable, str(Path(__file__).resolve()), *options)


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that belongs to that user; pytest's belong to whoever runs the tests alone."""
    with tempfile.TemporaryDirectory(prefix="lambent-ordinary-") as name:
        if os.geteuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        yield Path(name)


def _needed() -> list[Path]:
    """The interpreter, its environment, and this project."""
    project = Path(__file__).resolve().parent.parent
    path = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    folders = [sys.base_prefix, sys.prefix, str(project), *path]
    return sorted({Path(folder).resolve() for folder in folders if folder})


def _closed_parent(path: Path) -> Path | None:
    """The first folder on the way to `path` that strangers may not enter."""
    way = reversed([path, *path.parents])
    return next((each for each in way if not each.stat().st_mode & 0o001), None)


def _reveal(paths: list[Path]) -> None:
    """Cover each closed folder with an open one that shows only what is wanted of it."""
    covered: dict[Path, list[Path]] = {}
    for path in paths:
        closed = _closed_parent(path)
        if closed is not None:
            covered.setdefault(closed, []).append(path)
    if not covered:
        return
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    for closed, wanted in covered.items():
        opened = {path: os.open(path, os.O_PATH) for path in wanted}
        linux.mount("tmpfs", str(closed), "tmpfs", options="mode=0755")
        for path, descriptor in opened.items():
            path.mkdir(parents=True, exist_ok=True)
            linux.mount(f"/proc/self/fd/{descriptor}", str(path), flags=linux.MS_BIND)
            os.close(descriptor)


def _lose_namespaces() -> None:
    user, group = os.getuid(), os.getgid()
    linux.unshare(linux.CLONE_NEWUSER)
    linux.map_user("self", [(user, user)], [(group, group)])
    linux.forbid_user_namespaces()
    linux.drop_capabilities()


def main() -> None:
    command = sys.argv[1:]
    if os.geteuid() == 0:
        _reveal(_needed())
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        # What changes its user belongs to nobody until it executes something.
        linux.set_dumpable(True)
    if command[0] == "--without-namespaces":
        _lose_namespaces()
        del command[0]
    os.environ["HOME"] = "/nonexistent"
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
