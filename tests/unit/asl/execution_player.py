"""
Plays a whole execution: carries out the commands, answers the tasks as a case tells, moves time.

Frames are written to text and read back between any two steps, always.
"""

import heapq
import json
from dataclasses import dataclass, field, replace
from typing import Any

from lambent.languages import asl

NOW = 1_750_000_000.0
EXECUTION = asl.Execution(
    id="arn:aws:states:us-east-1:000000000000:execution:machine:run",
    name="run",
    input="{}",
    role_arn="arn:aws:iam::000000000000:role/states",
    started_at=NOW,
    state_machine_id="arn:aws:states:us-east-1:000000000000:stateMachine:machine",
    state_machine_name="machine",
)


@dataclass
class Player:
    """One execution. `answers` are by state name, each list used up in order, the last for ever."""

    machine: asl.StateMachine
    execution: asl.Execution
    answers: dict[str, list[Any]] = field(default_factory=dict)
    now: float = NOW
    frames: dict[str, str] = field(default_factory=dict)
    history: list[asl.HistoryEvent] = field(default_factory=list)
    commands: list[asl.Command] = field(default_factory=list)
    outcome: asl.Outcome | None = None
    steps: int = 0
    timers: list[tuple[float, int, asl.StartTimer]] = field(default_factory=list)
    pending: list[asl.Resumption] = field(default_factory=list)
    unanswered: list[asl.Command] = field(default_factory=list)

    def get(self, id: str, /) -> asl.Frame | None:
        text = self.frames.get(id)
        return None if text is None else asl.load_frame(text)

    def tell(self, resumption: asl.Resumption) -> asl.Transition:
        self.steps += 1
        transition = asl.advance(
            self.machine, self.execution, self, resumption, self.now, asl.Chance(self.steps)
        )
        for id, frame in transition.frames.items():
            if frame is None:
                del self.frames[id]
            else:
                self.frames[id] = asl.dump_frame(frame)
        self.history.extend(transition.history)
        self.execution = replace(self.execution, last_event_id=transition.last_event_id)
        if transition.outcome is not None:
            self.outcome = transition.outcome
        for command in transition.commands:
            self.commands.append(command)
            self._carry_out(command)
        return transition

    def play(self, most: int = 100_000) -> "Player":
        self.tell(asl.ExecutionStarted())
        return self.go_on(most)

    def go_on(self, most: int = 100_000) -> "Player":
        """Until the end, or until nobody has an answer."""
        for _ in range(most):
            if self.outcome is not None:
                return self
            if self.pending:
                self.tell(self.pending.pop(0))
            elif self.timers:
                at, _, timer = heapq.heappop(self.timers)
                self.now = max(self.now, at)
                self.tell(asl.TimerFired(timer.frame, timer.number))
            else:
                return self
        raise AssertionError("the execution does not end")

    def _carry_out(self, command: asl.Command) -> None:
        match command:
            case asl.ContinueLater():
                self.pending.append(asl.Continue())
            case asl.StartTimer():
                heapq.heappush(self.timers, (command.at, len(self.commands), command))
            case asl.RunTask() | asl.StartMapRun():
                answers = self.answers.get(command.state)
                if not answers:
                    self.unanswered.append(command)
                    return
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                self.pending.extend(_resumptions(command, answer))

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.history]

    @property
    def chain(self) -> list[tuple[str, int]]:
        return [(event.type, event.previous_event_id) for event in self.history]


def _resumptions(command: asl.RunTask | asl.StartMapRun, answer: Any) -> list[asl.Resumption]:
    frame, number = command.frame, command.number
    if isinstance(command, asl.StartMapRun):
        started: list[asl.Resumption] = [asl.MapRunStarted(frame, number, "arn:mapRun")]
        if "error" in answer:
            failed = asl.MapRunFailed(frame, number, answer["error"], answer.get("cause"))
            return [*started, failed]
        return [*started, asl.MapRunSucceeded(frame, number, answer["output"])]
    told: list[asl.Resumption] = []
    if command.kind == "activity":
        told.append(asl.ActivityStarted(frame, number, answer.get("worker")))
    if "submitted" in answer:
        told.append(asl.TaskSubmitted(frame, number, answer["submitted"]))
    match answer:
        case {"echo": True}:
            told.append(asl.TaskSucceeded(frame, number, command.parameters))
        case {"text": text}:
            told.append(asl.TaskSucceeded(frame, number, output_text=text))
        case {"output": output}:
            told.append(asl.TaskSucceeded(frame, number, output))
        case {"error": error}:
            told.append(asl.TaskFailed(frame, number, error, answer.get("cause")))
        case {"timeout": True}:
            told.append(asl.TaskTimedOut(frame, number))
        case {"heartbeat": True}:
            told.append(asl.HeartbeatMissed(frame, number))
    return told


def play(
    definition: dict[str, Any] | str,
    input: Any = None,
    answers: dict[str, list[Any]] | None = None,
    **about: Any,
) -> Player:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    machine = asl.parse(text)
    execution = replace(
        EXECUTION, input=json.dumps({} if input is None else input, separators=(",", ":")), **about
    )
    copied = {name: list(given) for name, given in (answers or {}).items()}
    return Player(machine, execution, copied).play()


def one_state(state: dict[str, Any], jsonata: bool = False) -> dict[str, Any]:
    """A definition of this state alone, named S."""
    definition: dict[str, Any] = {"StartAt": "S", "States": {"S": state}}
    if state["Type"] not in ("Succeed", "Fail", "Choice"):
        definition["States"]["S"] = {**state, "End": True}
    if jsonata:
        definition["QueryLanguage"] = "JSONata"
    return definition
