"""
The Amazon States Language: `parse` a definition once, then `advance` executions of it.

Pure: no clock, no randomness, no input or output. What is random comes from a `Chance`, what is
late from the `now` that is passed in.
"""

from lambent.languages.asl.chance import Chance
from lambent.languages.asl.diagnostics import Diagnostic, InvalidDefinition
from lambent.languages.asl.failures import StateFailed
from lambent.languages.asl.frames import Frame, dump_frame, load_frame
from lambent.languages.asl.interpreter import advance, select_item
from lambent.languages.asl.json_faults import json_fault
from lambent.languages.asl.machine import StateMachine
from lambent.languages.asl.parse import parse, validate
from lambent.languages.asl.tokens import TaskReference, read_task_token, task_token
from lambent.languages.asl.transition import (
    ActivityStarted,
    CancelWait,
    Command,
    Continue,
    ContinueLater,
    Execution,
    ExecutionRedriven,
    ExecutionStarted,
    ExecutionStopped,
    ExecutionTimedOut,
    Frames,
    HeartbeatMissed,
    HistoryEvent,
    MapRunFailed,
    MapRunStarted,
    MapRunSucceeded,
    Outcome,
    Resumption,
    RunTask,
    StartMapRun,
    StartTimer,
    TaskFailed,
    TaskRefused,
    TaskStarted,
    TaskSubmitted,
    TaskSucceeded,
    TaskTimedOut,
    TimerFired,
    Transition,
)
from lambent.languages.asl.trial import (
    Answer,
    NoSuchState,
    Trial,
    TrialResult,
    parse_state,
    try_state,
)

__all__ = [
    "ActivityStarted",
    "Answer",
    "CancelWait",
    "Chance",
    "Command",
    "Continue",
    "ContinueLater",
    "Diagnostic",
    "Execution",
    "ExecutionRedriven",
    "ExecutionStarted",
    "ExecutionStopped",
    "ExecutionTimedOut",
    "Frame",
    "Frames",
    "HeartbeatMissed",
    "HistoryEvent",
    "InvalidDefinition",
    "MapRunFailed",
    "MapRunStarted",
    "MapRunSucceeded",
    "NoSuchState",
    "Outcome",
    "Resumption",
    "RunTask",
    "StartMapRun",
    "StartTimer",
    "StateFailed",
    "StateMachine",
    "TaskFailed",
    "TaskReference",
    "TaskRefused",
    "TaskStarted",
    "TaskSubmitted",
    "TaskSucceeded",
    "TaskTimedOut",
    "TimerFired",
    "Transition",
    "Trial",
    "TrialResult",
    "advance",
    "dump_frame",
    "json_fault",
    "load_frame",
    "parse",
    "parse_state",
    "read_task_token",
    "select_item",
    "task_token",
    "try_state",
    "validate",
]
