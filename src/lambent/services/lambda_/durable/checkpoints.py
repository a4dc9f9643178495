"""
A checkpoint: what the function has done is applied, and it is told what has happened meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lambent.platform import Context
from lambent.services.lambda_.durable import changes, machine, pausing, rules, shapes, store, tokens
from lambent.services.lambda_.durable.chaining import Chained, start_chained
from lambent.services.lambda_.durable.machine import Update
from lambent.services.lambda_.durable.records import Execution, LastCheckpoint, Operation
from lambent.storage.database import Tx

# AWS: for so long a checkpoint that is sent again gets the same answer.
_REPEATED_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`chained` are the functions that its CHAINED_INVOKE operations are to run, by their ids."""

    arn: str
    token: str
    updates: Sequence[Update]
    client_token: str
    chained: Mapping[str, Chained]


def take(tx: Tx, context: Context, asked: Checkpoint) -> dict[str, Any]:
    """Apply a checkpoint; the reply of CheckpointDurableExecution."""
    execution = store.find_by_arn(tx, asked.arn)
    repeated = _repeated(tx, context, execution, asked)
    if repeated is not None:
        return repeated
    tokens.check_checkpoint_token(execution, asked.token)
    assert execution is not None
    seen_before = execution.seen
    execution = _apply_all(tx, context, execution, asked)
    if not execution.is_open:
        return _reply(execution, store.list_changed(tx, execution.id, seen_before))
    execution = replace(execution, token=execution.token + 1)
    if execution.is_paused:
        # AWS: without a token the function ends, to be invoked again when it is resumed.
        execution = pausing.begin_pause(tx, context, replace(execution, is_owed=True))
        store.put_execution(tx, execution)
        return _reply(execution, [])
    execution = fire_due(tx, context, execution)
    token = tokens.checkpoint_token(execution)
    last = LastCheckpoint(asked.client_token, asked.token, token, seen_before, context.clock.now())
    told = store.list_changed(tx, execution.id, seen_before)
    store.put_execution(tx, replace(execution, seen=execution.changes, last_checkpoint=last))
    return _reply(execution, told, token)


def fire_due(tx: Tx, context: Context, execution: Execution) -> Execution:
    """Do what time has done to the operations. The execution is not put."""
    now = context.clock.now()
    for operation in store.list_due(tx, execution.id, now):
        changed = machine.fallen_due(operation, now)
        if changed is not None:
            execution, _ = changes.change(tx, context, execution, changed)
    return execution


def _apply_all(tx: Tx, context: Context, execution: Execution, asked: Checkpoint) -> Execution:
    updates = asked.updates
    named = [update["Id"] for update in updates]
    named += [update["ParentId"] for update in updates if update.get("ParentId")]
    known = store.find_operations(tx, execution.id, named)
    rules.check_updates(execution, updates, known)
    execution = replace(execution, stored=rules.stored_bytes(execution, updates))
    now = context.clock.now()
    for update in updates:
        if update["Type"] == "EXECUTION":
            return _close(tx, context, execution, update)
        changed = machine.applied(execution, update, known.get(update["Id"]), now)
        if update["Type"] == "CHAINED_INVOKE":
            chained = asked.chained[update["Id"]]
            execution, operation = start_chained(tx, context, execution, changed, chained)
        else:
            execution, operation = changes.change(tx, context, execution, changed)
        known[operation.id] = operation
    return execution


def _close(tx: Tx, context: Context, execution: Execution, update: Update) -> Execution:
    """AWS: a result that is too large for the function's answer comes in a checkpoint."""
    if update["Action"] == "SUCCEED":
        result = update.get("Payload")
        return changes.close(tx, context, execution, "SUCCEEDED", result=result)
    return changes.close(tx, context, execution, "FAILED", error=update.get("Error") or {})


def _repeated(
    tx: Tx, context: Context, execution: Execution | None, asked: Checkpoint
) -> dict[str, Any] | None:
    """The answer that the same checkpoint has got before."""
    last = execution.last_checkpoint if execution is not None else None
    if execution is None or last is None or not asked.client_token:
        return None
    if (last.client_token, last.token) != (asked.client_token, asked.token):
        return None
    if context.clock.now() - last.at > _REPEATED_SECONDS:
        return None
    told = store.list_changed(tx, execution.id, last.seen_before)
    return _reply(execution, told, last.answered)


def _reply(
    execution: Execution, told: Sequence[Operation], token: str | None = None
) -> dict[str, Any]:
    operations = [shapes.operation(execution, one) for one in told if one.type != "EXECUTION"]
    reply: dict[str, Any] = {"NewExecutionState": {"Operations": operations}}
    if token is not None:
        reply["CheckpointToken"] = token
    return reply
