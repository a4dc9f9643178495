"""
Creates the tables, and changes them from release to release.

A fresh store is made from every `schema.sql`. A change to a released schema is a numbered file
`migrations/NNNN_service_what.sql` beside this module, and `schema.sql` changes with it.
"""

import re
from collections.abc import Iterable
from importlib.resources import files

from lambent.storage.database import Tx

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
    """
    for statement in _OWN:
        tx.execute(statement)
    for schema in schemas:
        for statement in statements(schema):
            tx.execute(statement)
            if table := _CREATES_TABLE.match(statement):
                tx.execute(
                    "INSERT INTO migration_table (name) VALUES (:name) ON CONFLICT DO NOTHING",
                    name=table[1],
                )


def tables(tx: Tx) -> list[str]:
    """The names of the tables that hold what users made."""
    rows = tx.all("SELECT name FROM migration_table")
    return [row["name"] for row in rows]


def schema_of(package: str) -> str:
    """The text of a package's `schema.sql`; empty where it stores nothing."""
    # By path: importing every service for its tables would double the time of a start.
    file = files("lambent").joinpath(*package.split(".")[1:], "schema.sql")
    return file.read_text(encoding="utf-8") if file.is_file() else ""
