"""APIs as documents."""

import json
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import kinds, known, store
from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.openapi import writing
from lambent.services.apigateway.records import Document
from lambent.storage.database import Tx

_KINDS = ("oas30", "swagger")
_YAML = "application/yaml"


async def get_export(context: Context, params: Params) -> Reply:
    """
    What a stage shows, as a document.

    https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html
    """
    kind = params["exportType"]
    if kind not in _KINDS:
        raise BadRequest(f"Invalid export type: {kind}. Valid types are: {', '.join(_KINDS)}")
    owner = known.api_owner(context, params)

    def read(tx: Tx) -> Document:
        stage = known.get_part(tx, owner, kinds.STAGE, params["stageName"])
        return store.find_snapshot(tx, owner.id, stage.document["deploymentId"]) or {}

    extensions = str((params.get("parameters") or {}).get("extensions", ""))
    document = writing.written(
        await context.db.read(read),
        kind=kind,
        extensions=set(filter(None, extensions.split(","))),
        host=f"{owner.id}.execute-api.{context.region}.amazonaws.com",
        stage=params["stageName"],
    )
    is_yaml = params.get("accepts") == _YAML
    suffix = "yaml" if is_yaml else "json"
    return {
        "contentType": _YAML if is_yaml else "application/json",
        "contentDisposition": f'attachment; filename="{kind}.{suffix}"',
        "body": _yaml(document) if is_yaml else json.dumps(document, indent=2).encode(),
    }


def _yaml(document: dict[str, Any]) -> bytes:
    # A slow import, for those who want YAML.
    import yaml

    text: str = yaml.safe_dump(document, sort_keys=False)
    return text.encode()
