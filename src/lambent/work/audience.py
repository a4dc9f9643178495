"""
Whether anybody listens to what a service would tell the account's default event bus.

Services tell of themselves only where somebody listens, and asking must cost nothing: what is
listened to is kept in memory. The store stays the truth. A change made here is seen at once; one
made by another node, or undone with its transaction, within a second, as AWS asks for patience
after PutRule.
"""

from collections.abc import Iterable
from time import monotonic
from typing import Any

from lambent.storage.database import Tx

# Whatever the source.
EVERY = "*"
_LOOK_AGAIN_SECONDS = 1.0


class Audience:
    """Of one process; by account and region, the sources that are listened to."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], frozenset[str]] = {}
        self._until = 0.0

    def hears(self, tx: Tx, account: str, region: str, source: str) -> bool:
        """Ask within the write that makes the news, so that it is told or does not happen."""
        if monotonic() >= self._until:
            self._read(tx)
        sources = self._known.get((account, region))
        return sources is not None and (source in sources or EVERY in sources)

    def put(self, tx: Tx, account: str, region: str, sources: Iterable[str]) -> None:
        """From now on these sources are listened to, and no others."""
        tx.execute(
            "DELETE FROM work_audience WHERE account = :account AND region = :region",
            account=account,
            region=region,
        )
        for source in set(sources):
            tx.execute(
                "INSERT INTO work_audience (account, region, source)"
                " VALUES (:account, :region, :source)",
                account=account,
                region=region,
                source=source,
            )
        self.look_again()

    def look_again(self) -> None:
        """Believe nothing that is in memory."""
        self._until = 0.0

    def _read(self, tx: Tx) -> None:
        known: dict[tuple[str, str], set[str]] = {}
        for row in tx.all("SELECT account, region, source FROM work_audience"):
            known.setdefault((row["account"], row["region"]), set()).add(row["source"])
        self._known = {place: frozenset(sources) for place, sources in known.items()}
        self._until = monotonic() + _LOOK_AGAIN_SECONDS


def audience_of(caches: dict[str, Any]) -> Audience:
    found = caches.get("audience")
    if found is None:
        found = caches["audience"] = Audience()
    assert isinstance(found, Audience)
    return found
