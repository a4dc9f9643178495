"""Texts as users send them, in both stores."""

import pytest

from lambent.storage.database import Database, Tx


@pytest.mark.parametrize(
    "text", ["", "a\0b", "\0", "é\u2028\U0001f600", "\ufeff", "'; --", "%s :a"]
)
async def test_a_text_comes_back_as_it_was_given(database: Database, text: str) -> None:
    def write(tx: Tx) -> None:
        tx.execute("CREATE TABLE IF NOT EXISTS test_text (name TEXT PRIMARY KEY, size BIGINT)")
        tx.execute("INSERT INTO test_text (name, size) VALUES (:name, :size)", name=text, size=1)

    await database.write(write)

    def read(tx: Tx) -> object:
        return tx.one("SELECT name, size FROM test_text WHERE name = :name", name=text)

    assert await database.read(read) == {"name": text, "size": 1}
    assert await database.read(lambda tx: tx.all("SELECT name FROM test_text")) == [{"name": text}]
