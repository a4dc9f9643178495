"""The SQL of kept packages."""

from lambent.storage.database import Tx


def note(tx: Tx, blob: str, now: float) -> None:
    tx.execute(
        "INSERT INTO lambda_package (blob, noted) VALUES (:blob, :now)"
        " ON CONFLICT (blob) DO UPDATE SET noted = excluded.noted",
        blob=blob,
        now=now,
    )


def list_packages(tx: Tx) -> list[tuple[str, float]]:
    """Each package and when it was last kept."""
    rows = tx.all("SELECT blob, noted FROM lambda_package")
    return [(row["blob"], row["noted"]) for row in rows]


def forget(tx: Tx, blob: str) -> None:
    tx.execute("DELETE FROM lambda_package WHERE blob = :blob", blob=blob)
