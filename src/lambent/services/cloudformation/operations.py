"""A stack's operation as it is stored: the machine of `languages/templates/plan` as JSON. Pure."""

from dataclasses import asdict
from typing import Any

import orjson

from lambent.languages.templates.plan import (
    Action,
    Kind,
    OnFailure,
    Operation,
    Outcome,
    Phase,
    State,
    Step,
)


def stored(operation: Operation) -> str:
    return orjson.dumps(asdict(operation)).decode()


def restored(text: str) -> Operation:
    raw: dict[str, Any] = orjson.loads(text)
    return Operation(
        kind=Kind(raw["kind"]),
        graph={name: tuple(needs) for name, needs in raw["graph"].items()},
        removals=tuple(raw["removals"]),
        on_failure=OnFailure(raw["on_failure"]),
        phase=Phase(raw["phase"]),
        steps={name: _step(step) for name, step in raw["steps"].items()},
        outcomes={name: Outcome(outcome) for name, outcome in raw["outcomes"].items()},
        cancelled=raw["cancelled"],
    )


def _step(raw: dict[str, Any]) -> Step:
    return Step(
        raw["logical_id"],
        Action(raw["action"]),
        tuple(raw["needs"]),
        State(raw["state"]),
        Outcome(raw["outcome"]),
    )
