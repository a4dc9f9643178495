"""The tables of a store, from its first start on."""

from functools import partial
from pathlib import Path

import pytest

from lambent import registry
from lambent.storage import migrations
from lambent.storage.database import DataFolderUnusable
from lambent.storage.sqlite import SqliteDatabase

BEFORE = "CREATE TABLE IF NOT EXISTS sqs_kept (text TEXT);"
LAID_OUT = """
-- What is kept.
CREATE TABLE IF NOT EXISTS sqs_kept
    (text TEXT);
"""
AFTER = "CREATE TABLE IF NOT EXISTS sqs_kept (text TEXT, size BIGINT);"


async def test_a_store_of_another_shape_is_refused_in_words(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "lambent.db")
    await database.write(partial(migrations.create, schemas=[BEFORE]))
    await database.write(partial(migrations.create, schemas=[LAID_OUT]))

    with pytest.raises(DataFolderUnusable, match="sqs_kept has another shape"):
        await database.write(partial(migrations.create, schemas=[AFTER]))
    await database.close()


async def test_every_start_after_the_first_finds_what_it_made(tmp_path: Path) -> None:
    schemas = [migrations.schema_of(package) for package in registry.packages()]
    for _ in range(2):
        database = SqliteDatabase(tmp_path / "lambent.db")
        await database.write(partial(migrations.create, schemas=schemas))
        tables = await database.read(migrations.tables)
        await database.close()

        assert "sqs_queue" in tables
