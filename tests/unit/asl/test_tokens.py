"""What is a task token, and what only looks like one."""

import base64
import json

import pytest

from lambent.languages.asl import read_task_token, task_token


def test_a_token_tells_where_it_came_from() -> None:
    reference = read_task_token(task_token("e", "f", 7))

    assert reference is not None
    assert (reference.execution_id, reference.frame, reference.number) == ("e", "f", 7)


@pytest.mark.parametrize(
    "told", [["e", "f", 2**63], ["e", "f", -1], ["e", "f", 1.5], ["e", 1, 1], ["e"], {}, None, 1]
)
def test_a_forged_token_is_none(told: object) -> None:
    assert read_task_token(base64.urlsafe_b64encode(json.dumps(told).encode()).decode()) is None
