"""The values of dynamic references, asked of the services that keep them."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from lambent.core.errors import AwsError
from lambent.languages.templates.dynamic_references import (
    DynamicReference,
    dynamic_references,
    with_references,
)
from lambent.platform import Context
from lambent.services.cloudformation.errors import ValidationError


async def with_lookups(context: Context, properties: Mapping[str, Any]) -> Any:
    """The properties with the value of each dynamic reference in its place."""
    wanted = list(dynamic_references(properties))
    if not wanted:
        return properties
    return with_references(properties, await looked_up(context, wanted))


async def looked_up(context: Context, references: Iterable[DynamicReference]) -> dict[str, str]:
    """What each reference, as it is written, stands for."""
    found: dict[str, str] = {}
    for reference in references:
        if reference.written not in found:
            found[reference.written] = await _value(context, reference)
    return found


async def _value(context: Context, reference: DynamicReference) -> str:
    try:
        if reference.service == "secretsmanager":
            return await _secret(context, reference)
        name = f"{reference.name}:{reference.version}" if reference.version else reference.name
        params = {"Name": name, "WithDecryption": reference.service == "ssm-secure"}
        reply = await context.call("ssm", "GetParameter", params)
        return str(reply["Parameter"]["Value"])
    except AwsError as error:
        raise ValidationError(
            f"Could not resolve the dynamic reference {reference.written}: {error.message}"
        ) from None


async def _secret(context: Context, reference: DynamicReference) -> str:
    params = {"SecretId": reference.name}
    if reference.stage:
        params["VersionStage"] = reference.stage
    if reference.version:
        params["VersionId"] = reference.version
    reply = await context.call("secretsmanager", "GetSecretValue", params)
    text = str(reply.get("SecretString", ""))
    if not reference.key:
        return text
    try:
        return str(orjson.loads(text)[reference.key])
    except (ValueError, KeyError, TypeError):
        raise ValidationError(
            f"Could not find a value associated with JSONKey in SecretString: {reference.written}"
        ) from None
