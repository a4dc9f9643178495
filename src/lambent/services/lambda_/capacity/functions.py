"""Functions on capacity providers: what they may use, and their version `$LATEST.PUBLISHED`."""

from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params
from lambent.services.lambda_ import changes, lifecycle, store
from lambent.services.lambda_.capacity import rules
from lambent.services.lambda_.capacity import store as providers
from lambent.services.lambda_.configuration import is_unchanged
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceConflict
from lambent.services.lambda_.names import LATEST_PUBLISHED
from lambent.services.lambda_.records import Configuration, Runnable, Version
from lambent.storage.database import Tx


async def check_provider(context: Context, configuration: Configuration) -> None:
    """Whether the provider that a function is to use, if any, is there and fits."""
    chosen = configuration.capacity_provider
    if chosen is None:
        return
    account, _, name = chosen["CapacityProviderArn"].split(":", 4)[4].split(":")
    provider = await context.db.read(
        partial(providers.get_provider, account=account, region=context.region, name=name)
    )
    rules.check_function(configuration, provider)


def check_publishing(configuration: Configuration, params: Params) -> None:
    if params.get("PublishTo") and configuration.capacity_provider is None:
        raise InvalidParameterValue("PublishTo isn't supported for Lambda Default functions.")


def publish_latest(tx: Tx, context: Context, latest: Version, **changed: Any) -> Version:
    """
    Make `$LATEST.PUBLISHED` what `$LATEST` is.

    What was published there before goes on running until the update is prepared.
    """
    wanted = replace(latest, **changed)
    existing = store.find_version(tx, changes.version_name(latest), LATEST_PUBLISHED)
    if existing is None:
        published = replace(
            wanted,
            version=LATEST_PUBLISHED,
            id=new_uuid(),
            revision_id=new_uuid(),
            life=lifecycle.CREATED,
            last_modified=context.clock.now(),
            previous=None,
        )
        changes.add_version(tx, context, published)
        return published
    if existing.life.state == "Deactivated":
        raise ResourceConflict(
            "The operation cannot be performed at this time. The function is currently in the"
            " following state: Deactivated"
        )
    if is_unchanged(wanted, existing):
        return existing
    return changes.start_update(tx, context, existing, Runnable(wanted.configuration, wanted.code))
