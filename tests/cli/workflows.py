"""Workflows to watch."""

from typing import Any

_MISSING_QUEUE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
    "Arguments": {"QueueName": "none"},
    "End": True,
}
_EVERY_ERROR = ["States.ALL"]


def _passing(name: str) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}}


# A branch that is fine, one that tries again and catches; a Map in a Map; a Choice.
HANDLED: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                _passing("Fine"),
                {
                    "StartAt": "Look",
                    "States": {
                        "Look": {
                            **_MISSING_QUEUE,
                            "Retry": [
                                {
                                    "ErrorEquals": _EVERY_ERROR,
                                    "IntervalSeconds": 1,
                                    "MaxAttempts": 2,
                                    "BackoffRate": 1.0,
                                }
                            ],
                            "Catch": [{"ErrorEquals": _EVERY_ERROR, "Next": "Make do"}],
                        },
                        "Make do": {"Type": "Pass", "Output": "made do", "End": True},
                    },
                },
            ],
            "Next": "Rows",
        },
        "Rows": {
            "Type": "Map",
            "Items": [[1, 2], [3]],
            "ItemProcessor": {
                "StartAt": "Columns",
                "States": {
                    "Columns": {
                        "Type": "Map",
                        "Items": "{% $states.input %}",
                        "ItemProcessor": _passing("Cell"),
                        "End": True,
                    }
                },
            },
            "Next": "Enough?",
        },
        "Enough?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $count($states.input) > 5 %}", "Next": "Too many"}],
            "Default": "Done",
        },
        "Too many": {"Type": "Fail", "Error": "TooMany"},
        "Done": {"Type": "Succeed"},
    },
}

# An item that fails, and with it the run.
FAILING: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "Items": [1, 2, 3],
            "MaxConcurrency": 1,
            "ItemProcessor": {"StartAt": "Look", "States": {"Look": _MISSING_QUEUE}},
            "End": True,
        }
    },
}

WAITING: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Both",
    "TimeoutSeconds": 100,
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                _passing("Fine"),
                {
                    "StartAt": "Wait",
                    "States": {"Wait": {"Type": "Wait", "Seconds": 1000, "End": True}},
                },
            ],
            "End": True,
        }
    },
}

# Goes one way or the other, and says what it was given.
CHOOSING: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Which?",
    "States": {
        "Which?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.left %}", "Next": "Left"}],
            "Default": "Right",
        },
        "Left": {"Type": "Pass", "Next": "Say"},
        "Right": {"Type": "Pass", "Next": "Say"},
        "Say": {
            "Type": "Pass",
            "Output": {"said": ["so", "{% $states.input.word %}"]},
            "End": True,
        },
    },
}

EXPRESS: dict[str, Any] = _passing("Quick")
