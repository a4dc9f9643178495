"""What is measured on a server, and the same on its peers, one server after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import servers
from benchmarks.figures import Figure
from benchmarks.servers import Server


@dataclass(frozen=True)
class Measure:
    """Met when the value is at most, or at least, the target, as for `Figure`."""

    name: str
    unit: str
    target: float
    take: Callable[[Server], float]
    at_least: bool = False
    # The measure without which this says nothing of a server.
    follows: str | None = None


Taken = dict[str, float]


def side_by_side(measures: Sequence[Measure], peers: Sequence[str] = ()) -> list[Figure]:
    """All on one server of each name, in their order. What a peer cannot do has no figure."""
    taken = {name: _on_one(name, measures) for name in ["lambent", *peers]}
    return [
        Figure(
            measure.name,
            measure.unit,
            taken["lambent"][measure.name],
            measure.target,
            measure.at_least,
            {peer: taken[peer][measure.name] for peer in peers if measure.name in taken[peer]},
        )
        for measure in measures
    ]


def _on_one(server_name: str, measures: Sequence[Measure]) -> Taken:
    taken: Taken = {}
    try:
        with servers.running(server_name) as server:
            for measure in measures:
                if measure.follows is None or measure.follows in taken:
                    _take(server, measure, taken)
    except (RuntimeError, OSError) as error:
        if server_name == "lambent":
            raise
        print(f"   {server_name}: {error}", flush=True)
    return taken


def _take(server: Server, measure: Measure, taken: Taken) -> None:
    label = f"   {server.name}: {measure.name.strip()}"
    try:
        value = taken[measure.name] = measure.take(server)
    except Exception as error:
        if server.name == "lambent":
            raise
        print(f"{label}: {_reason(error)}", flush=True)
    else:
        print(f"{label}: {value:.2f} {measure.unit}", flush=True)


def _reason(error: Exception) -> str:
    """In one line; what a server answered stands behind its headers."""
    _, _, answered = str(error).rpartition("\r\n\r\n")
    return f"{type(error).__name__}: {answered[:200]}"
