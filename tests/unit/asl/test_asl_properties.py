"""What holds for every definition, every input and every order of answers."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambent.languages import asl
from lambent.languages.asl.frames import Line
from tests.unit.asl.execution_player import EXECUTION, NOW, Player

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip

_TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
_RETRY = [{"ErrorEquals": ["E"], "MaxAttempts": 1}]


def _leaf(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(
        [
            {"Type": "Pass", "Result": name},
            {"Type": "Pass", "Parameters": {"all.$": "$", "state.$": "$$.State.Name"}},
            {
                "Type": "Pass",
                "QueryLanguage": "JSONata",
                "Assign": {f"v{name}": "{% $states.input %}"},
            },
            {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $string($states.input) %}"},
            {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.nope %}"},
            {"Type": "Wait", "Seconds": 5},
            _TASK,
            {**_TASK, "Retry": _RETRY},
            {**_TASK, "Parameters": {"p.$": "$.nope"}},
        ]
    )


class _Names:
    """State names are unique in the whole definition."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> str:
        self.count += 1
        return f"S{self.count}"


@st.composite
def _regions(draw: st.DrawFn, names: _Names, depth: int) -> dict[str, Any]:
    count = draw(st.integers(1, 3))
    order = [names.next() for _ in range(count)]
    states: dict[str, Any] = {}
    for position, name in enumerate(order):
        kind = draw(st.sampled_from(["leaf", "leaf", "parallel", "map"])) if depth else "leaf"
        if kind == "leaf":
            state = dict(draw(_leaf(name)))
        elif kind == "parallel":
            branches = [draw(_regions(names, depth - 1)) for _ in range(draw(st.integers(1, 3)))]
            state = {"Type": "Parallel", "Branches": branches}
        else:
            state = {
                "Type": "Map",
                "QueryLanguage": "JSONata",
                "Items": list(range(draw(st.integers(0, 5)))),
                "MaxConcurrency": draw(st.integers(0, 2)),
                "ItemProcessor": draw(_regions(names, depth - 1)),
            }
        if kind != "leaf" and draw(st.booleans()):
            state["Retry"] = _RETRY
        if kind != "leaf" and draw(st.booleans()):
            state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": order[-1]}]
        state |= {"Next": order[position + 1]} if position + 1 < count else {"End": True}
        if state.get("End"):
            state.pop("Catch", None)
        states[name] = state
    return {"StartAt": order[0], "States": states}


@st.composite
def definitions(draw: st.DrawFn) -> str:
    return json.dumps(draw(_regions(_Names(), 2)))


class _Store:
    """Frames as objects, or as text that is written and read between any two steps."""

    def __init__(self, as_text: bool) -> None:
        self.as_text = as_text
        self.kept: dict[str, Any] = {}

    def get(self, id: str, /) -> asl.Frame | None:
        frame = self.kept.get(id)
        return asl.load_frame(frame) if isinstance(frame, str) else frame

    def keep(self, frames: Mapping[str, asl.Frame | None]) -> None:
        for id, frame in frames.items():
            if frame is None:
                del self.kept[id]
            else:
                self.kept[id] = asl.dump_frame(frame) if self.as_text else frame

    def waits(self) -> set[tuple[str, int]]:
        """What the lines wait for that somebody outside has to answer."""
        lines = [line for id in self.kept if isinstance(line := self.get(id), Line)]
        return {
            (line.id, line.number)
            for line in lines
            if not line.failed and line.waits_for in ("task", "timer", "retry")
        }


_ANSWERS = asl.TaskSucceeded | asl.TaskFailed | asl.TaskStarted | asl.TimerFired


class _Story:
    """
    An execution, told answers in the order that `choices` gives: some twice, some too late. What is
    open at the end stays open.
    """

    def __init__(self, definition: str, *, as_text: bool = False) -> None:
        self._machine = asl.parse(definition)
        self._store = _Store(as_text)
        self._execution = EXECUTION
        self._waiting: list[asl.Resumption] = [asl.ExecutionStarted()]
        self._open: set[tuple[str, int]] = set()
        self.steps: list[asl.Transition] = []

    def play(self, choices: list[int], *, redrives: bool = False) -> "_Story":
        for choice in choices:
            ended = bool(self.steps) and self.steps[-1].outcome is not None
            if ended and redrives and not self._has_succeeded():
                self._waiting = [asl.ExecutionRedriven()]
            elif ended or not self._waiting:
                break
            elif redrives and choice == 100:
                self._waiting.append(asl.ExecutionStopped())
                choice = len(self._waiting) - 1  # noqa: PLW2901
            self._tell(self._waiting.pop(choice % len(self._waiting)), choice)
        return self

    def _has_succeeded(self) -> bool:
        outcome = self.steps[-1].outcome
        return outcome is not None and outcome.status == "SUCCEEDED"

    def _tell(self, told: asl.Resumption, choice: int) -> None:
        late = isinstance(told, _ANSWERS) and (told.frame, told.number) not in self._open
        number = len(self.steps)
        step = asl.advance(
            self._machine, self._execution, self._store, told, NOW + number, asl.Chance(number)
        )
        self.steps.append(step)
        self._store.keep(step.frames)
        self._execution = replace(self._execution, last_event_id=step.last_event_id)
        if late:
            assert not (step.frames or step.history or step.commands or step.outcome)
        if isinstance(told, _ANSWERS) and not isinstance(told, asl.TaskStarted):
            self._open.discard((told.frame, told.number))
        for command in step.commands:
            self._carry_out(command, choice)
        assert self._open == (set() if step.outcome else self._store.waits())

    def _carry_out(self, command: asl.Command, choice: int) -> None:
        match command:
            case asl.RunTask(frame=frame, number=number):
                failed = asl.TaskFailed(frame, number, "E", "cause")
                done = asl.TaskSucceeded(frame, number, {"answer": choice})
                told = [failed if choice % 3 == 0 else done]
                if choice % 4 == 1:
                    told.append(done)
                self._waiting += [asl.TaskStarted(frame, number)] if choice % 5 == 2 else []
                self._waiting += told
                self._opened(frame, number)
            case asl.StartTimer(frame=frame, number=number):
                self._waiting.append(asl.TimerFired(frame, number))
                self._opened(frame, number)
            case asl.CancelWait(frame=frame, number=number):
                # What is cancelled may be answered all the same, too late.
                assert (frame, number) in self._open
                self._open.remove((frame, number))
            case asl.ContinueLater():
                self._waiting.append(asl.Continue())

    def _opened(self, frame: str, number: int) -> None:
        assert (frame, number) not in self._open
        self._open.add((frame, number))


_CHOICES = st.lists(st.integers(0, 100), min_size=60, max_size=60)
_ENDS = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted")
_QUIET = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@_QUIET
@given(definitions(), _CHOICES)
def test_saving_and_loading_between_any_two_steps_changes_nothing(
    definition: str, choices: list[int]
) -> None:
    """
    Through failures, stops and redrives as well.
    """
    as_text, as_it_is = (
        _Story(definition, as_text=as_text).play(choices, redrives=True).steps
        for as_text in (True, False)
    )

    assert as_text == as_it_is


@_QUIET
@given(definitions(), _CHOICES)
def test_every_execution_ends_or_waits_for_an_answer(definition: str, choices: list[int]) -> None:
    """
    For one answer to each of its lines that wait, after each step. It ends once, with a gapless
    history, leaving frames behind only when it failed.
    """
    steps = _Story(definition).play(choices).steps
    events = [event for step in steps for event in step.history]

    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert all(0 <= event.previous_event_id < event.id for event in events)
    assert sum(step.outcome is not None for step in steps) <= 1
    ended = steps[-1].outcome
    assert ended is not None or len(steps) == len(choices)
    if ended is not None and ended.status == "SUCCEEDED":
        put = {id for step in steps for id, frame in step.frames.items() if frame is not None}
        gone = {id for step in steps for id, frame in step.frames.items() if frame is None}
        assert put <= gone


@_QUIET
@given(definitions(), _CHOICES, st.integers(1, 12))
def test_whatever_was_stopped_or_failed_can_be_redriven(
    definition: str, choices: list[int], stop_after: int
) -> None:
    """
    Frames stay whole through failures, stops and redrives; no task that succeeded runs again.
    """
    player = Player(asl.parse(definition), EXECUTION)
    player.tell(asl.ExecutionStarted())
    succeeded: set[tuple[str, int]] = set()
    for step, choice in enumerate(choices):
        if player.outcome is not None:
            if player.outcome.status == "SUCCEEDED" or not player.history:
                break
            player.outcome = None
            player.timers.clear()
            player.pending.clear()
            player.unanswered.clear()
            player.tell(asl.ExecutionRedriven())
        elif step == stop_after:
            player.tell(asl.ExecutionStopped())
        elif player.unanswered:
            task = player.unanswered.pop(choice % len(player.unanswered))
            assert isinstance(task, asl.RunTask)
            assert (task.frame, task.number) not in succeeded
            if choice % 4:
                succeeded.add((task.frame, task.number))
                player.tell(asl.TaskSucceeded(task.frame, task.number, 1))
            else:
                player.tell(asl.TaskFailed(task.frame, task.number, "E"))
        else:
            player.go_on()

    types = player.types
    assert [event.id for event in player.history] == list(range(1, len(types) + 1))
    for position, type in enumerate(types[:-1]):
        assert (type in _ENDS) == (types[position + 1] == "ExecutionRedriven")
    if player.outcome is not None and player.outcome.status == "SUCCEEDED":
        assert player.frames == {}


@_QUIET
@given(_JSON)
def test_no_json_raises_anything_but_an_asl_error(document: Any) -> None:
    text = json.dumps(document)
    try:
        asl.parse(text)
    except asl.InvalidDefinition as refused:
        assert refused.diagnostics
    assert isinstance(asl.validate(text), list)


_FIELDS = [
    "Type", "Next", "End", "InputPath", "OutputPath", "ResultPath", "Parameters", "Result",
    "Output", "Assign", "Choices", "Default", "Seconds", "Timestamp", "Resource", "Retry", "Catch",
    "Branches", "ItemProcessor", "Items", "MaxConcurrency", "QueryLanguage", "Arguments", "Error",
    "ItemReader", "Credentials", "TimeoutSeconds", "ItemBatcher", "ResultWriter", "ItemSelector",
    "Comment",
]  # fmt: skip


_PATHS = ["$", "$.a", "$..*", "$.a[0]", "$$.State", "$[?(@.a > 1)]", "States.StringToJson($)"]
_TEMPLATES: list[Any] = [
    {}, {"a.$": "$.a"}, {"b.$": "States.Format('{}', $)"}, {"c": [{"d.$": "$..a"}]},
    {"e.$": "States.ArrayGetItem($, 0)"}, {"f.$": "States.MathAdd($.a, 1)"},
]  # fmt: skip
_QUERIES: list[Any] = [
    "{% $states.input %}", "{% $states.input.a + 1 %}", "{% $parse('x') %}",
    "{% $sum($states.input) %}", {"c": "{% $string($states.context) %}"}, "{% null %}",
    "{% $states.input.a.b[0] %}", 1, [], "x",
]  # fmt: skip
_TYPICAL: dict[str, dict[str, list[Any]]] = {
    "JSONPath": {
        "InputPath": [*_PATHS[:4], None], "OutputPath": [*_PATHS[:4], None],
        "ResultPath": ["$", "$.r", "$.r.s", None], "Parameters": _TEMPLATES,
        "ResultSelector": _TEMPLATES, "Result": [1, {"a": None}], "ItemsPath": _PATHS[:4],
        "ItemSelector": _TEMPLATES, "SecondsPath": _PATHS[:2], "TimestampPath": _PATHS[:2],
        "MaxConcurrencyPath": _PATHS[:2], "ErrorPath": _PATHS, "CausePath": _PATHS,
        "TimeoutSecondsPath": _PATHS[:2], "Assign": [{"x.$": "$"}, {"y": 1}],
    },
    "JSONata": {
        "Output": _QUERIES, "Arguments": _QUERIES, "Items": _QUERIES, "ItemSelector": _QUERIES,
        "Seconds": _QUERIES, "Timestamp": _QUERIES, "MaxConcurrency": _QUERIES, "Error": _QUERIES,
        "Cause": _QUERIES, "TimeoutSeconds": _QUERIES,
        "Assign": [{"x": query} for query in _QUERIES],
    },
}  # fmt: skip
_HAVE = {
    "Pass": "InputPath OutputPath ResultPath Parameters Result Output Assign",
    "Task": "InputPath OutputPath ResultPath Parameters ResultSelector Arguments Output Assign"
    " TimeoutSeconds TimeoutSecondsPath",
    "Choice": "InputPath OutputPath Output Assign",
    "Wait": "SecondsPath TimestampPath Seconds Timestamp InputPath OutputPath Output Assign",
    "Succeed": "InputPath OutputPath Output",
    "Fail": "Error Cause ErrorPath CausePath",
    "Parallel": "InputPath OutputPath ResultPath Parameters ResultSelector Arguments Output Assign",
    "Map": "InputPath OutputPath ResultPath ResultSelector ItemsPath ItemSelector Items Output"
    " MaxConcurrency MaxConcurrencyPath Assign",
}


@st.composite
def _typical_fields(draw: st.DrawFn, kind: str, language: str) -> dict[str, Any]:
    """Fields that such a state may have, with values that they may have."""
    typical = _TYPICAL[language]
    names = [name for name in _HAVE[kind].split() if name in typical]
    chosen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True)) if names else []
    return {name: draw(st.sampled_from(typical[name])) for name in chosen}


_INNER = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
_NEEDED: dict[str, dict[str, Any]] = {
    "Task": {"Resource": "arn:aws:states:::lambda:invoke"},
    "Choice": {"Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "T"}], "Default": "T"},
    "Wait": {"Seconds": 1},
    "Parallel": {"Branches": [_INNER]},
    "Map": {"ItemProcessor": _INNER},
}


def _definition_of(kind: str, fields: dict[str, Any], language: str) -> str:
    """Of a state with these fields, and what it needs besides."""
    needed = _NEEDED.get(kind, {})
    if kind == "Choice" and language == "JSONata":
        needed = {"Choices": [{"Condition": "{% true %}", "Next": "T"}], "Default": "T"}
    if kind == "Wait" and any(name.startswith(("Seconds", "Timestamp")) for name in fields):
        needed = {}
    state = {**needed, "End": True, **fields, "Type": kind}
    if "Next" in state or kind in ("Choice", "Succeed", "Fail"):
        del state["End"]
    states = {"S": state}
    if '"T"' in json.dumps(state):
        states["T"] = {"Type": "Pass", "End": True}
    return json.dumps({"QueryLanguage": language, "StartAt": "S", "States": states})


@_QUIET
@given(
    st.sampled_from(["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"]),
    st.dictionaries(
        st.sampled_from(_FIELDS), _JSON | st.just("{% $x + %}") | st.just("$.["), max_size=6
    ),
    st.sampled_from(["JSONPath", "JSONata"]),
)  # fmt: skip
def test_wrong_fields_are_findings_never_crashes(
    kind: str, fields: dict[str, Any], language: str
) -> None:
    state = {**fields, "Type": kind}
    definition = {"QueryLanguage": language, "StartAt": "S", "States": {"S": state}}

    asl.validate(json.dumps(definition))


@_QUIET
@given(_JSON)
def test_any_input_runs_or_fails_in_asls_words(document: Any) -> None:
    states = {
        "A": {"Type": "Pass", "Next": "B",
              "Parameters": {"s.$": "States.JsonToString($)", "i.$": "$"}},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.i %}",
              "Assign": {"x": "{% $states.input %}"}, "Next": "C"},
        "C": {"Type": "Pass", "Parameters": {"v.$": "$x.s"}, "ResultPath": "$.r", "End": True},
    }  # fmt: skip
    machine = asl.parse(json.dumps({"StartAt": "A", "States": states}))
    execution = replace(EXECUTION, input=json.dumps(document))

    step = asl.advance(machine, execution, {}, asl.ExecutionStarted(), NOW, asl.Chance(1))

    assert step.outcome is not None
    if isinstance(document, dict):
        assert step.outcome.status == "SUCCEEDED", step.outcome


@_QUIET
@given(
    st.data(),
    st.sampled_from(sorted(_HAVE)),
    st.sampled_from(["JSONPath", "JSONata"]),
    _JSON,
    _JSON,
)
def test_what_validates_runs_on_any_input_or_fails_in_asls_words(
    data: st.DataObject, kind: str, language: str, document: Any, answer: Any
) -> None:
    fields = data.draw(_typical_fields(kind, language))
    definition = _definition_of(kind, fields, language)
    if any(finding.severity == "ERROR" for finding in asl.validate(definition)):
        return
    execution = replace(EXECUTION, input=json.dumps(document))

    player = Player(asl.parse(definition), execution, answers={"S": [{"output": answer}]}).play()

    assert player.outcome is not None or player.unanswered
    if player.outcome is not None and player.outcome.status == "FAILED":
        error = player.outcome.error
        assert error is None or error.startswith("States.") or "Error" in fields


def test_deeply_nested_data_is_bounded() -> None:
    deep = '{"k":' * 3_000 + "1" + "}" * 3_000
    states = {"A": {"Type": "Pass", "Parameters": {"v.$": "$.k"}, "End": True}}
    machine = asl.parse(json.dumps({"StartAt": "A", "States": states}))

    step = asl.advance(
        machine, replace(EXECUTION, input=deep), {}, asl.ExecutionStarted(), NOW, asl.Chance(1)
    )

    assert step.outcome is not None
    assert step.outcome.error == "States.Runtime"


def test_a_deeply_nested_definition_is_refused() -> None:
    nested: Any = 1
    for _ in range(900):
        nested = {"k": nested}
    state = {"Type": "Pass", "Parameters": nested, "End": True}

    (finding,) = asl.validate(json.dumps({"StartAt": "S", "States": {"S": state}}))
    assert "nested" in finding.message
    assert asl.validate("[" * 100_000)
