"""
Task tokens: they name what they answer, so no table of tokens is needed.

A token is opaque to whoever holds it. `read_task_token` gives back the execution, the frame and
the number that a TaskSucceeded or TaskFailed needs; whether that wait still lasts, `advance` knows.
"""

import base64
import binascii
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class TaskReference:
    execution_id: str
    frame: str
    number: int


def task_token(execution_id: str, frame: str, number: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([execution_id, frame, number])).decode()


def read_task_token(token: str) -> TaskReference | None:
    """What the token stands for, or None when it is no token of ours."""
    try:
        execution_id, frame, number = orjson.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, TypeError):
        return None
    if not (isinstance(execution_id, str) and isinstance(frame, str) and type(number) is int):
        return None
    if not 0 <= number < 2**63:
        return None
    return TaskReference(execution_id, frame, number)
