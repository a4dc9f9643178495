"""Which fields each type of state has, and in which query language."""

from typing import Literal

Language = Literal["JSONPath", "JSONata", "both"]

_EVERY = {"Type": "both", "Comment": "both", "QueryLanguage": "both"}
_FOLLOWED = {"Next": "both", "End": "both"}
_PATHS = {"InputPath": "JSONPath", "OutputPath": "JSONPath"}
_RESULTS = {"ResultPath": "JSONPath", "ResultSelector": "JSONPath"}
_HANDLERS = {"Retry": "both", "Catch": "both"}
_ASSIGN = {"Assign": "both"}
_OUTPUT = {"Output": "JSONata"}

STATE_FIELDS: dict[str, dict[str, str]] = {
    "Pass": {
        **_EVERY, **_FOLLOWED, **_PATHS, **_ASSIGN, **_OUTPUT,
        "Result": "JSONPath", "ResultPath": "JSONPath", "Parameters": "JSONPath",
    },
    "Succeed": {**_EVERY, **_PATHS, **_OUTPUT},
    "Fail": {
        **_EVERY, "Error": "both", "Cause": "both",
        "ErrorPath": "JSONPath", "CausePath": "JSONPath",
    },
    "Choice": {**_EVERY, **_PATHS, **_ASSIGN, **_OUTPUT, "Choices": "both", "Default": "both"},
    "Wait": {
        **_EVERY, **_FOLLOWED, **_PATHS, **_ASSIGN, **_OUTPUT,
        "Seconds": "both", "Timestamp": "both",
        "SecondsPath": "JSONPath", "TimestampPath": "JSONPath",
    },
    "Task": {
        **_EVERY, **_FOLLOWED, **_PATHS, **_RESULTS, **_HANDLERS, **_ASSIGN, **_OUTPUT,
        "Resource": "both", "Parameters": "JSONPath", "Arguments": "JSONata",
        "TimeoutSeconds": "both", "TimeoutSecondsPath": "JSONPath",
        "HeartbeatSeconds": "both", "HeartbeatSecondsPath": "JSONPath", "Credentials": "both",
    },
    "Parallel": {
        **_EVERY, **_FOLLOWED, **_PATHS, **_RESULTS, **_HANDLERS, **_ASSIGN, **_OUTPUT,
        "Branches": "both", "Parameters": "JSONPath", "Arguments": "JSONata",
    },
    "Map": {
        **_EVERY, **_FOLLOWED, **_PATHS, **_RESULTS, **_HANDLERS, **_ASSIGN, **_OUTPUT,
        "ItemProcessor": "both", "Iterator": "both", "ItemReader": "both", "ItemBatcher": "both",
        "ItemSelector": "both", "ResultWriter": "both", "Label": "both",
        "Items": "JSONata", "ItemsPath": "JSONPath", "Parameters": "JSONPath",
        "MaxConcurrency": "both", "MaxConcurrencyPath": "JSONPath",
        "ToleratedFailureCount": "both", "ToleratedFailureCountPath": "JSONPath",
        "ToleratedFailurePercentage": "both", "ToleratedFailurePercentagePath": "JSONPath",
    },
}  # fmt: skip

REQUIRED: dict[str, tuple[str, ...]] = {
    "Task": ("Resource",),
    "Choice": ("Choices",),
    "Parallel": ("Branches",),
}

FOLLOWED = frozenset({"Pass", "Wait", "Task", "Parallel", "Map"})
"""The types that have Next or End."""

EXCLUSIVE: tuple[tuple[str, ...], ...] = (
    ("Error", "ErrorPath"),
    ("Cause", "CausePath"),
    ("TimeoutSeconds", "TimeoutSecondsPath"),
    ("HeartbeatSeconds", "HeartbeatSecondsPath"),
    ("MaxConcurrency", "MaxConcurrencyPath"),
    ("ToleratedFailureCount", "ToleratedFailureCountPath"),
    ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ("ItemSelector", "Parameters"),
    ("ItemProcessor", "Iterator"),
)
"""Of these a state has one at most."""
