"""The embedded store's own promises."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from lambent.storage import facts, migrations
from lambent.storage.database import DataFolderInUse, DataFolderUnusable
from lambent.storage.sqlite import SqliteDatabase

# Writes for ever and says each acknowledged number.
_WRITER = """
import asyncio, sys
from functools import partial
from pathlib import Path
from lambent.storage import facts
from lambent.storage.sqlite import SqliteDatabase

async def main():
    database = SqliteDatabase(Path(sys.argv[1]))
    while True:
        await asyncio.gather(
            *(database.write(partial(facts.add_to_fact, name="count", amount=1)) for _ in range(5))
        )
        print("5", flush=True)

asyncio.run(main())
"""


async def test_a_second_server_on_the_same_folder_refuses(tmp_path: Path) -> None:
    first = SqliteDatabase(tmp_path / "lambent.db")

    with pytest.raises(DataFolderInUse, match="another server uses the data folder"):
        SqliteDatabase(tmp_path / "lambent.db")

    await first.close()
    await SqliteDatabase(tmp_path / "lambent.db").close()


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(DataFolderUnusable, match="cannot be used"):
        SqliteDatabase(tmp_path / "file" / "lambent.db")


async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "lambent.db")
    await database.write(
        partial(migrations.create, schemas=[migrations.schema_of("lambent.storage")])
    )
    await database.close()
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path / "lambent.db")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "src"},
        text=True,
    )
    assert writer.stdout is not None
    acknowledged = sum(int(writer.stdout.readline()) for _ in range(40))
    writer.kill()
    acknowledged += sum(int(line) for line in writer.stdout)
    writer.wait()

    database = SqliteDatabase(tmp_path / "lambent.db")
    kept = await database.read(partial(facts.find_fact, name="count"))
    await database.close()

    assert kept is not None and kept >= acknowledged >= 200
