"""
Creates the tables, from every `schema.sql`, and knows in which shape they were made.

Nothing changes a table's shape yet: before the first release, a store whose tables have another
one is refused.
"""

import hashlib
import re
from collections.abc import Iterable
from importlib.resources import files

from lambent.storage.database import DataFolderUnusable, Tx

_OWN = (
    "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS migration_table (name TEXT PRIMARY KEY)",
)
_CREATES_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)")


def statements(sql: str) -> list[str]:
    """The statements of a schema file: split at semicolons, comments left out."""
    lines = (line.split("--", 1)[0] for line in sql.splitlines())
    return [text for part in "\n".join(lines).split(";") if (text := part.strip())]


def create(tx: Tx, schemas: Iterable[str]) -> None:
    """
    Make every table that is not there. `schemas` are the texts of the schema files.

    The words are PostgreSQL's; a backend that has others for a type translates them itself.
    Raises DataFolderUnusable where a table is there in another shape.
    """
    for statement in _OWN:
        tx.execute(statement)
    shapes = {row["name"] for row in tx.all("SELECT name FROM migration")}
    shaped = {shape.rpartition(" ")[0] for shape in shapes}
    for schema in schemas:
        for statement in statements(schema):
            table = _CREATES_TABLE.match(statement)
            if table and table[1] in shaped and _shape(table[1], statement) not in shapes:
                raise DataFolderUnusable(
                    f"the store was made by another version of Lambent: its {table[1]} has another"
                    " shape. Start that version, or name another folder with --data"
                )
            tx.execute(statement)
            if table:
                _remember(tx, table[1], _shape(table[1], statement))


def _shape(table: str, statement: str) -> str:
    """The table's name, and a digest of what it was made with, whatever its layout."""
    words = " ".join(statement.split())
    return f"{table} {hashlib.sha256(words.encode()).hexdigest()}"


def _remember(tx: Tx, table: str, shape: str) -> None:
    tx.execute(
        "INSERT INTO migration_table (name) VALUES (:name) ON CONFLICT DO NOTHING", name=table
    )
    tx.execute("INSERT INTO migration (name) VALUES (:name) ON CONFLICT DO NOTHING", name=shape)


def tables(tx: Tx) -> list[str]:
    """The names of the tables that hold what users made."""
    rows = tx.all("SELECT name FROM migration_table")
    return [row["name"] for row in rows]


def schema_of(package: str) -> str:
    """The text of a package's `schema.sql`; empty where it stores nothing."""
    # By path: importing every service for its tables would double the time of a start.
    file = files("lambent").joinpath(*package.split(".")[1:], "schema.sql")
    return file.read_text(encoding="utf-8") if file.is_file() else ""
