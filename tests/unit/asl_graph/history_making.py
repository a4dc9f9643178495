"""Histories told shortly: `("2<1", "PassStateEntered", "A")`, one second apart."""

from typing import Any

from lambent.languages.asl_graph.steps import History

Told = tuple[Any, ...]


def events(*told: Told) -> list[dict[str, Any]]:
    """The events as GetExecutionHistory has them; details are a name, or members."""
    return [_event(*each) for each in told]


def history(*told: Told) -> History:
    read = History()
    read.add(events(*told))
    return read


def _event(ids: str, kind: str, name: str | None = None, **members: Any) -> dict[str, Any]:
    id_, _, previous = ids.partition("<")
    details = members if name is None else {"name": name, **members}
    member = kind
    for shared in ("StateEntered", "StateExited"):
        if kind.endswith(shared):
            member = shared
    event: dict[str, Any] = {
        "id": int(id_),
        "previousEventId": int(previous),
        "type": kind,
        "timestamp": float(id_),
    }
    if details:
        event[f"{member[0].lower()}{member[1:]}EventDetails"] = details
    return event
