"""A stack's operation as it is stored: the machine of `languages/templates/plan` as JSON. Pure."""

from functools import lru_cache
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
    return orjson.dumps(operation).decode()


# A machine of hundreds of steps is read by each of them.
@lru_cache(maxsize=16)
def restored(text: str) -> Operation:
    return _built(orjson.loads(text))


def _built(raw: dict[str, Any]) -> Operation:
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
