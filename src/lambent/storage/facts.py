"""What the platform remembers of itself: a number by name."""

from lambent.storage.database import Tx

CLOCK_MOVED = "clock_moved"


def find_fact(tx: Tx, name: str) -> float | None:
    row = tx.one("SELECT value FROM platform_fact WHERE name = :name", name=name)
    return None if row is None else float(row["value"])


def add_to_fact(tx: Tx, name: str, amount: float) -> None:
    tx.execute(
        "INSERT INTO platform_fact (name, value) VALUES (:name, :amount)"
        " ON CONFLICT (name) DO UPDATE SET value = platform_fact.value + :amount",
        name=name,
        amount=amount,
    )
