"""What a benchmark says: a figure, its target, and what the peers needed for the same."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """`target` is met when the value is at most (or, for rates, at least) that."""

    name: str
    unit: str
    value: float
    target: float
    at_least: bool = False
    peers: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target

    def line(self) -> str:
        sign = "≥" if self.at_least else "≤"
        peers = ", ".join(
            f"{name} {_number(value)} ({self._ratio(value):.1f}x)"
            for name, value in self.peers.items()
        )
        verdict = "ok " if self.holds else "NOT"
        return (
            f"{verdict} {self.name:<44} {_number(self.value):>9} {self.unit:<7}"
            f" {sign} {_number(self.target):<8} {peers}"
        )

    def _ratio(self, peer: float) -> float:
        """How many times better we are."""
        better, worse = (self.value, peer) if self.at_least else (peer, self.value)
        return better / worse if worse else float("inf")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
