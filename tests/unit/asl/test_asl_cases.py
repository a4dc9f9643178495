"""The cases: a definition, an input, what the tasks answer, and what AWS does with it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lambent.languages import asl
from tests.unit.asl.execution_player import EXECUTION, NOW, Player, one_state

_CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((Path(__file__).parent / "cases").glob("*.json"))
    if path.stem != "validation"
    for case in json.loads(path.read_text())
]


def _play(case: dict[str, Any]) -> Player:
    definition = case.get("definition") or one_state(case["state"], case.get("jsonata", False))
    given = case.get("input", {})
    text = given if case["expect"].get("raw_input") else json.dumps(given, separators=(",", ":"))
    answers = {
        name: [_answer(one) for one in many] for name, many in case.get("answers", {}).items()
    }
    machine = asl.parse(json.dumps(definition))
    return Player(machine, replace(EXECUTION, input=text), answers).play()


def _answer(answer: dict[str, Any]) -> dict[str, Any]:
    return {"output": "x" * answer["big"]} if "big" in answer else answer


@pytest.mark.parametrize("case", _CASES)
def test_an_execution_does_what_aws_does(case: dict[str, Any]) -> None:
    expect = case["expect"]

    played = _play(case)

    assert played.outcome is not None
    if "output" in expect:
        assert played.outcome.status == "SUCCEEDED", played.outcome
        assert json.loads(played.outcome.output or "") == expect["output"]
    if "output_text" in expect:
        assert played.outcome.output == expect["output_text"]
    if "error" in expect:
        assert (played.outcome.status, played.outcome.error) == ("FAILED", expect["error"])
    if "cause" in expect:
        assert played.outcome.cause == expect["cause"]
    if "waited" in expect:
        assert played.now - NOW == pytest.approx(expect["waited"])
    if "history" in expect:
        assert [list(event) for event in played.chain] == expect["history"]
    for id, details in expect.get("events", {}).items():
        assert played.history[int(id) - 1].details == details


@pytest.mark.parametrize("case", _CASES)
def test_every_history_is_gapless_and_ends_once(case: dict[str, Any]) -> None:
    played = _play(case)

    assert [event.id for event in played.history] == list(range(1, len(played.history) + 1))
    ends = ("ExecutionSucceeded", "ExecutionFailed")
    assert [type for type in played.types if type in ends] == [played.types[-1]]
    assert all(event.previous_event_id < event.id for event in played.history)


@pytest.mark.parametrize("case", _CASES)
def test_an_execution_that_succeeded_leaves_no_frames(case: dict[str, Any]) -> None:
    played = _play(case)

    assert played.outcome is not None
    if played.outcome.status == "SUCCEEDED":
        assert played.frames == {}
