"""How the operations that roles, users and groups share reach their transaction."""

from collections.abc import Callable
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.iam.records import Kind
from lambent.storage.database import Tx

Change = Callable[[Tx, str, Kind, Params], None]
Question = Callable[[Tx, str, Kind, Params], dict[str, Any]]


async def changed(context: Context, change: Change, kind: Kind, params: Params) -> Reply:
    await context.db.write(lambda tx: change(tx, context.account, kind, params))
    return {}


async def answered(context: Context, question: Question, kind: Kind, params: Params) -> Reply:
    return await context.db.read(lambda tx: question(tx, context.account, kind, params))
