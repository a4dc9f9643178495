"""What a function must know of its execution to replay it: its operations, page by page."""

from lambent.core.pages import token_after
from lambent.services.lambda_.durable import machine, store
from lambent.services.lambda_.durable.records import Execution, Operation
from lambent.storage.database import Tx

# An invocation brings as much of the state as its payload can hold; the rest is asked for.
_MOST_BYTES = 5 * 1024 * 1024
PAGE, LARGEST_PAGE = 100, 1000
_READ_AT_ONCE = 200
# What an operation needs besides its payloads.
_BYTES_BESIDES = 500


def page(
    tx: Tx, execution: Execution, after: int = 0, most: int = LARGEST_PAGE
) -> tuple[list[Operation], str]:
    """
    Operations by their start, and the marker of the next page, empty at the end.

    The operations in contexts that have ended are left out where a replay does not need them.
    """
    folded = machine.folded_contexts(store.list_contexts(tx, execution.id))
    found: list[Operation] = []
    size = 0
    while True:
        some = store.list_operations(tx, execution.id, after, _READ_AT_ONCE)
        for operation in some:
            if operation.parent_id in folded:
                continue
            size += _size(operation)
            # AWS: the first operation is always there, however large.
            if found and (size > _MOST_BYTES or len(found) >= most):
                return found, token_after(found[-1].position)
            found.append(operation)
        if len(some) < _READ_AT_ONCE:
            return found, ""
        after = some[-1].position


def _size(operation: Operation) -> int:
    payloads = (operation.input, operation.result)
    error = sum(len(str(value)) for value in (operation.error or {}).values())
    return sum(len(payload) for payload in payloads if payload) + error + _BYTES_BESIDES
