"""Lambda's SQL, on both databases."""

from dataclasses import replace
from functools import partial

import pytest

from lambent.services.lambda_ import lifecycle, store
from lambent.services.lambda_.errors import ResourceNotFound
from lambent.services.lambda_.names import LATEST, FunctionName
from lambent.services.lambda_.records import (
    Alias,
    Code,
    Configuration,
    Function,
    Life,
    Policy,
    Runnable,
    Version,
)
from lambent.storage.database import Database, Tx

NAME = FunctionName("000000000000", "us-east-1", "orders")
PLACE = (NAME.account, NAME.region, NAME.name)
FUNCTION = Function(*PLACE, 1.0, {"team": "red"}, reserved_concurrency=7)
CONFIGURATION = Configuration("role", "main.handler", "python3.11", environment={"A": "b"})
VERSION = Version(
    *PLACE,
    LATEST,
    "id",
    CONFIGURATION,
    Code("aa", 10),
    lifecycle.CREATED,
    "revision",
    2.0,
    3.0,
    Runnable(CONFIGURATION, Code("bb", 20)),
)
ALIAS = Alias(*PLACE, "live", "1", "", {"2": 0.1}, "revision")


def add(tx: Tx) -> None:
    store.put_function(tx, FUNCTION)
    for number in (LATEST, "1", "2", "10"):
        store.put_version(tx, replace(VERSION, version=number))
    store.put_alias(tx, ALIAS)
    store.put_policy(tx, Policy(*PLACE, "live", [{"Sid": "one"}], "revision"))


async def test_everything_is_read_as_it_was_written(database: Database) -> None:
    await database.write(add)

    assert await database.read(partial(store.get_function, name=NAME)) == FUNCTION
    assert await database.read(partial(store.get_version, name=NAME)) == VERSION
    assert await database.read(partial(store.find_alias, name=NAME, alias="live")) == ALIAS
    policy = await database.read(partial(store.find_policy, name=NAME, qualifier="live"))
    assert policy is not None
    assert policy.statements == [{"Sid": "one"}]


async def test_what_is_put_again_is_changed(database: Database) -> None:
    await database.write(add)
    changed = replace(VERSION, life=Life("Active"), previous=None, last_invoked=9.0)
    await database.write(partial(store.put_version, version=changed))
    await database.write(partial(store.put_alias, alias=replace(ALIAS, version="2")))

    assert await database.read(partial(store.get_version, name=NAME)) == changed
    alias = await database.read(partial(store.find_alias, name=NAME, alias="live"))
    assert alias is not None
    assert alias.version == "2"


async def test_versions_are_listed_by_number(database: Database) -> None:
    await database.write(add)

    def versions(tx: Tx) -> list[str]:
        return [one.version for one in store.list_versions(tx, NAME, -1, 10)]

    def listed(tx: Tx, latest_only: bool) -> list[str]:
        found = store.list_all_versions(
            tx, NAME.account, NAME.region, ("", -1), 10, latest_only=latest_only
        )
        return [one.version for one in found]

    assert await database.read(versions) == [LATEST, "1", "2", "10"]
    assert await database.read(partial(listed, latest_only=True)) == [LATEST]
    assert await database.read(partial(listed, latest_only=False)) == [LATEST, "1", "2", "10"]


async def test_the_last_invoke_never_goes_back(database: Database) -> None:
    await database.write(add)
    for at in (50.0, 40.0):
        await database.write(partial(store.note_invoked, name=NAME, version=LATEST, at=at))

    assert (await database.read(partial(store.get_version, name=NAME))).last_invoked == 50.0


async def test_sums_are_of_the_account(database: Database) -> None:
    await database.write(add)

    def sums(tx: Tx) -> tuple[int, int, int, int]:
        return (
            store.count_functions(tx, *PLACE[:2]),
            store.total_code_size(tx, *PLACE[:2]),
            store.reserved_concurrency(tx, *PLACE[:2]),
            store.reserved_concurrency(tx, *PLACE[:2], without="orders"),
        )

    assert await database.read(sums) == (1, 40, 7, 0)
    assert await database.read(lambda tx: store.total_code_size(tx, "1", "x")) == 0


async def test_code_is_in_use_while_a_version_can_be_invoked(database: Database) -> None:
    await database.write(add)
    assert await database.read(partial(store.code_is_in_use, blob="aa"))
    assert await database.read(partial(store.is_code, blob="aa"))
    assert not await database.read(partial(store.is_code, blob="cc"))


async def test_a_removed_function_takes_everything_with_it(database: Database) -> None:
    await database.write(add)
    await database.write(partial(store.remove_function, name=NAME))

    assert await database.read(partial(store.find_function, name=NAME)) is None
    assert await database.read(partial(store.find_alias, name=NAME, alias="live")) is None
    assert await database.read(partial(store.find_policy, name=NAME, qualifier="live")) is None
    with pytest.raises(ResourceNotFound, match=r"Function not found: arn:aws:lambda:.*:orders:1"):
        await database.read(partial(store.get_version, name=NAME, version="1"))


async def test_no_version_has_a_number_beyond_the_databases(database: Database) -> None:
    await database.write(add)
    assert await database.read(partial(store.find_version, name=NAME, version="9" * 30)) is None
