"""API Gateway's tables, on both stores."""

from lambent.services.apigateway import store
from lambent.services.apigateway.records import Owner, Part, Usage
from lambent.storage.database import Database, Tx

PLACE = Owner("000000000000", "us-east-1")
API = Owner("000000000000", "us-east-1", "abc")


async def test_parts_are_kept_listed_and_removed_by_their_owner(database: Database) -> None:
    def write(tx: Tx) -> None:
        store.add_api(tx, API)
        for number, id in enumerate(("c", "a", "b")):
            store.put_part(tx, Part(API, "model", id, float(number), {"n": number}))
        store.put_part(tx, Part(API, "stage", "live", 0.0, {"n": 0}))
        store.put_part(tx, Part(API, "stage", "live", 5.0, {"n": 1}))
        store.add_snapshot(tx, "abc", "d", {"api": {}})

    await database.write(write)

    def read(tx: Tx) -> None:
        assert store.find_api_owner(tx, "abc") == API
        assert [part.id for part in store.list_parts(tx, API, "model")] == ["c", "a", "b"]
        page = store.list_parts(tx, API, "model", (0.0, "c"), 1)
        assert [part.id for part in page] == ["a"]
        stage = store.find_part(tx, API, "stage", "live")
        assert stage is not None
        assert (stage.created, stage.document) == (0.0, {"n": 1})
        assert len(store.list_all_parts(tx, API)) == 4
        assert store.find_snapshot(tx, "abc", "d") == {"api": {}}

    await database.read(read)
    await database.write(lambda tx: store.remove_parts(tx, API, "model"))
    assert await database.read(lambda tx: len(store.list_all_parts(tx, API))) == 1
    await database.write(lambda tx: store.remove_parts(tx, API))
    await database.write(lambda tx: store.remove_api(tx, "abc"))
    assert await database.read(lambda tx: store.find_snapshot(tx, "abc", "d")) is None


async def test_usage_adds_up_by_day(database: Database) -> None:
    def write(tx: Tx) -> None:
        store.add_key_value(tx, PLACE, "value", "key")
        store.put_part(tx, Part(Owner(*_place(), "plan"), "usage_plan_key", "key", 0.0, {}))
        for day, used in (("2026-01-02", 1), ("2026-01-01", 2), ("2026-01-02", 3)):
            store.add_usage(tx, "plan", Usage("key", day, used, 0))

    await database.write(write)

    def read(tx: Tx) -> None:
        assert store.find_key_of_value(tx, *_place(), "value") == "key"
        assert store.list_plans_of_key(tx, *_place(), "key") == ["plan"]
        assert store.find_first_day(tx, "plan", "key") == "2026-01-01"
        assert store.find_first_day(tx, "plan", "other") is None
        assert store.list_usage(tx, "plan", "", "2026-01-01", "2026-01-02") == [
            Usage("key", "2026-01-01", 2, 0),
            Usage("key", "2026-01-02", 4, 0),
        ]

    await database.read(read)
    await database.write(lambda tx: store.remove_usage(tx, "plan", "key"))
    await database.write(lambda tx: store.remove_key_value(tx, PLACE, "key"))
    assert await database.read(lambda tx: store.find_key_of_value(tx, *_place(), "value")) is None


def _place() -> tuple[str, str]:
    return PLACE.account, PLACE.region
