"""PublishVersion and ListVersionsByFunction."""

from dataclasses import replace
from functools import partial

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import (
    changes,
    deployment_code,
    invokables,
    lifecycle,
    store,
)
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.capacity import functions as capacity
from lambent.services.lambda_.configuration import (
    code_sha256,
    configuration_reply,
    is_unchanged,
)
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceConflict
from lambent.services.lambda_.names import position
from lambent.services.lambda_.records import Configuration, Version
from lambent.storage.database import Tx


async def publish_version(context: Context, params: Params) -> Reply:
    """
    Make a version of what `$LATEST` is; none when nothing has changed since the last one.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """
    name = asked.unqualified(context, params)
    id, revision_id = new_uuid(), new_uuid()
    now = context.clock.now()
    before = await context.db.read(partial(store.get_version, name=name))
    capacity.check_publishing(before.configuration, params)
    code = await deployment_code.snapshot(context, before.code)

    def write(tx: Tx) -> Version:
        latest = store.get_version(tx, name)
        lifecycle.check_can_change(latest.life, latest.arn)
        asked.check_revision(params, latest.revision_id)
        _check_code(params, latest)
        if latest.code == before.code:
            latest = replace(latest, code=code)
        elif latest.code.folder is not None:
            raise ResourceConflict(f"An update is in progress for resource: {latest.arn}")
        if params.get("PublishTo"):
            return capacity.publish_latest(
                tx,
                context,
                latest,
                configuration=_described(latest.configuration, params),
            )
        function = store.get_function(tx, name)
        newest = store.find_version(tx, name, str(function.last_version))
        if function.last_version and newest and is_unchanged(latest, newest):
            return newest
        number = function.last_version + 1
        published = replace(
            latest,
            version=str(number),
            id=id,
            revision_id=revision_id,
            last_modified=now,
            configuration=_described(latest.configuration, params),
            life=lifecycle.CREATED,
        )
        store.put_function(tx, replace(function, last_version=number))
        changes.add_version(tx, context, published)
        return published

    published = await context.db.write(write)
    invokables.forget(context)
    return configuration_reply(published, published.version)


async def list_versions_by_function(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html"""
    name = asked.unqualified(context, params)
    (position,) = asked.after(params, [-1])
    size = asked.page_size(params)

    def read(tx: Tx) -> list[Version]:
        store.get_function(tx, name)
        return store.list_versions(tx, name, int(str(position)), size + 1)

    found = await context.db.read(read)
    key = _position(found[size - 1]) if len(found) > size else 0
    versions, marker = asked.page(found, size, key)
    return {
        "Versions": [configuration_reply(version, version.version) for version in versions],
        **marker,
    }


def _position(version: Version) -> int:
    return position(version.version)


def _described(configuration: Configuration, params: Params) -> Configuration:
    description = params.get("Description", configuration.description)
    return replace(configuration, description=description)


def _check_code(params: Params, latest: Version) -> None:
    wanted = params.get("CodeSha256")
    actual = code_sha256(latest.code)
    if wanted and wanted != actual:
        raise InvalidParameterValue(
            f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({actual})."
            " Please try again with the CodeSHA256 in $LATEST."
        )
