"""What the account as a whole is set to."""

from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import kinds, known, store
from lambent.services.apigateway.patches import patched
from lambent.services.apigateway.records import Document, Part
from lambent.storage.database import Tx

_ID = "account"


async def get_account(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetAccount.html"""
    return _shown(await context.db.read(lambda tx: _settings(tx, context)))


async def update_account(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateAccount.html"""

    def write(tx: Tx) -> Document:
        document = patched(
            _settings(tx, context), params.get("patchOperations", ()), kinds.ACCOUNT.places
        )
        owner = known.account_owner(context)
        store.put_part(tx, Part(owner, kinds.ACCOUNT.name, _ID, context.clock.now(), document))
        return document

    return _shown(await context.db.write(write))


def _settings(tx: Tx, context: Context) -> Document:
    part = store.find_part(tx, known.account_owner(context), kinds.ACCOUNT.name, _ID)
    return {} if part is None else part.document


def _shown(settings: Document) -> dict[str, Any]:
    return {
        **settings,
        "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
    }
