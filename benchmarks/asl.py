"""
What the States Language costs by itself: parse, advance, and whether a Map is linear.

    python -m benchmarks.asl
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.figures import Figure
from lambent.languages import asl

NOW = 1_750_000_000.0
EXECUTION = asl.Execution(
    id="arn:aws:states:us-east-1:000000000000:execution:machine:run",
    name="run",
    input='{"order":17,"items":[1,2,3]}',
    role_arn="arn:aws:iam::000000000000:role/states",
    started_at=NOW,
    state_machine_id="arn:aws:states:us-east-1:000000000000:stateMachine:machine",
    state_machine_name="machine",
)
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}


def _chain(count: int, state: dict[str, Any], **top: Any) -> str:
    names = [f"S{index}" for index in range(count)]
    states = {
        name: {**state, **({"Next": names[i + 1]} if i + 1 < count else {"End": True})}
        for i, name in enumerate(names)
    }
    return json.dumps({"StartAt": names[0], "States": states, **top})


def _map(state: dict[str, Any]) -> str:
    processor = {"StartAt": "I", "States": {"I": state}}
    return json.dumps(
        {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}}
    )


def microseconds(work: Callable[[], object], rounds: int) -> float:
    """The best of three, a round."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        for _ in range(rounds):
            work()
        best = min(best, (time.process_time() - begun) / rounds * 1e6)
    return best


def _advance(definition: str) -> Callable[[], object]:
    machine = asl.parse(definition)
    started = asl.ExecutionStarted()
    return lambda: asl.advance(machine, EXECUTION, {}, started, NOW, asl.Chance(1))


def play(definition: str, input: str) -> float:
    """One execution, every task answered, frames kept as objects; seconds."""
    machine = asl.parse(definition)
    execution = replace(EXECUTION, input=input, express=True)
    frames: dict[str, asl.Frame] = {}
    told: list[asl.Resumption] = [asl.ExecutionStarted()]
    begun = time.process_time()
    while told:
        step = asl.advance(machine, execution, frames, told.pop(0), NOW, asl.Chance(1))
        execution = replace(execution, last_event_id=step.last_event_id)
        for id, frame in step.frames.items():
            if frame is None:
                del frames[id]
            else:
                frames[id] = frame
        for command in step.commands:
            if isinstance(command, asl.RunTask):
                told.append(asl.TaskSucceeded(command.frame, command.number, 1))
            elif isinstance(command, asl.ContinueLater):
                told.append(asl.Continue())
        if step.outcome is not None:
            assert step.outcome.status == "SUCCEEDED", step.outcome
    return time.process_time() - begun


def _growth(state: dict[str, Any]) -> tuple[float, float]:
    """
    Seconds for 10,000 items, and how many times as long 20,000 take.

    The two take turns, so that whatever else the machine does slows both; the best of each counts.
    """
    definition = _map(state)
    items, twice_items = (json.dumps(list(range(count))) for count in (10_000, 20_000))
    turns = [(play(definition, items), play(definition, twice_items)) for _ in range(8)]
    once, twice = (min(times) for times in zip(*turns, strict=True))
    return once, twice / once


def main() -> None:
    five = _chain(5, {"Type": "Pass"})
    jsonata = _chain(5, {"Type": "Pass", "Output": "{% $states.input %}"}, QueryLanguage="JSONata")
    paths = _chain(5, {"Type": "Pass", "Parameters": {"order.$": "$.order", "items.$": "$.items"}})
    passes, passes_growth = _growth({"Type": "Pass", "End": True})
    tasks, tasks_growth = _growth(TASK)
    figures = [
        Figure(
            "five Pass states, with their history", "µs", microseconds(_advance(five), 5_000), 60
        ),
        Figure("five JSONPath Pass states", "µs", microseconds(_advance(paths), 3_000), 120),
        Figure("five JSONata Pass states", "µs", microseconds(_advance(jsonata), 3_000), 150),
        Figure("a definition of 50 states parsed", "ms", _parse_milliseconds(), 10),
        Figure("Map of 10,000 Pass items", "s", passes, 1),
        Figure("  and 20,000 against that", "times", passes_growth, 2.2),
        Figure("Map of 10,000 Task items", "s", tasks, 2),
        Figure("  and 20,000 against that", "times", tasks_growth, 2.2),
    ]
    for figure in figures:
        print(figure.line())


def _parse_milliseconds() -> float:
    definition = _chain(50, {"Type": "Pass", "Parameters": {"order.$": "$.order"}})
    return microseconds(lambda: asl.parse(definition), 50) / 1_000


if __name__ == "__main__":
    main()
