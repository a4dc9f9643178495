"""
The names that durable executions give out: their ARNs, checkpoint tokens and callback ids. Pure.

All are opaque to clients. Tokens and callback ids are base64, which the service model asks for.
"""

import base64
import re

from lambent.services.lambda_.durable.records import Execution
from lambent.services.lambda_.errors import InvalidParameterValue

_EXECUTION_ARN = re.compile(r"arn:[^/]+/durable-execution/[^/]+/(?P<id>[^/]+)")


def execution_id(arn: str) -> str:
    """The id at the end of an execution's ARN, whose form the model has checked."""
    match = _EXECUTION_ARN.fullmatch(arn)
    return match["id"] if match else ""


def checkpoint_token(execution: Execution) -> str:
    """The token that the invocation in progress must present next."""
    return _encoded(execution.id, execution.run, str(execution.token))


def check_checkpoint_token(execution: Execution | None, token: str) -> None:
    """Raise AWS's error for a token that was used, is not the invocation's, or comes too late."""
    given = _decoded(token)
    if execution is not None and len(given) == 3 and given[0] != execution.id:
        raise InvalidParameterValue("Checkpoint token is not valid for the durable execution ARN")
    if execution is None or not execution.is_open or not execution.run:
        raise InvalidParameterValue("Invalid checkpoint token")
    if token != checkpoint_token(execution):
        raise InvalidParameterValue("Invalid checkpoint token")


def callback_id(execution: Execution, operation_id: str) -> str:
    return _encoded(execution.id, operation_id)


def read_callback_id(text: str) -> tuple[str, str]:
    """The ids of the execution and of the operation; raises InvalidParameterValue."""
    match _decoded(text):
        case [execution, operation]:
            return execution, operation
    raise InvalidParameterValue("Invalid callback id")


def _encoded(*parts: str) -> str:
    return base64.b64encode("/".join(parts).encode()).decode()


def _decoded(text: str) -> list[str]:
    try:
        return base64.b64decode(text, validate=True).decode().split("/")
    except ValueError:
        return []
