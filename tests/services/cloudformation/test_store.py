"""CloudFormation's tables, on every store."""

from functools import partial
from typing import Any

from lambent.services.cloudformation import store
from lambent.services.cloudformation.records import (
    ChangeSet,
    Deployment,
    Event,
    Resource,
    Stack,
)
from lambent.storage.database import Database, Tx

STACK = Stack(
    id="arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1",
    account="000000000000",
    region="us-east-1",
    name="shop",
    status="CREATE_COMPLETE",
    created=5.0,
    outputs=({"OutputKey": "Url", "OutputValue": "x"},),
    protected=True,
    notification_arns=("arn:topic",),
)
RESOURCE = Resource(
    STACK.id,
    "Queue",
    "AWS::SQS::Queue",
    "CREATE_COMPLETE",
    6.0,
    physical_id="http://queue",
    properties={"DelaySeconds": 1},
    attributes={"Arn": "arn:queue"},
    metadata={"a": 1},
    needs=("Role",),
    former={"physical_id": "old"},
    step={"done": 1},
)


async def test_what_is_written_is_read_as_it_was(database: Database) -> None:
    deployment = Deployment(
        "d1",
        STACK.id,
        "{}",
        "{}",
        {"P": "1"},
        {"P": "2"},
        ("P",),
        {"P": ["1"]},
        tags=({"Key": "a", "Value": "b"},),
        imports=("role",),
        extended=True,
    )
    change_set = ChangeSet(
        "cs1", STACK.id, "first", "CREATE_COMPLETE", "AVAILABLE", 7.0, "d1", changes=({"a": 1},)
    )

    def write(tx: Tx) -> None:
        store.put_stack(tx, STACK)
        store.put_resource(tx, RESOURCE)
        store.put_deployment(tx, deployment)
        store.put_change_set(tx, change_set)
        # Putting twice is putting once.
        store.put_stack(tx, STACK)
        store.put_resource(tx, RESOURCE)

    await database.write(write)

    def read(tx: Tx) -> list[Any]:
        return [
            store.find_stack(tx, "000000000000", "us-east-1", "shop"),
            store.get_stack_by_id(tx, STACK.id),
            store.list_live_stacks(tx, "000000000000", "us-east-1"),
            store.list_stacks(tx, "000000000000", "us-east-1", before=9.0, before_id="", limit=5),
            store.find_resource(tx, STACK.id, "Queue"),
            store.list_resources(tx, STACK.id),
            store.find_deployment(tx, "d1"),
            store.find_change_set(tx, STACK.id, "first"),
            store.list_change_sets(tx, STACK.id),
            store.find_stack_of_resource(tx, "000000000000", "us-east-1", "http://queue"),
        ]

    assert await database.read(read) == [
        STACK,
        STACK,
        [STACK],
        [STACK],
        RESOURCE,
        [RESOURCE],
        deployment,
        change_set,
        [change_set],
        STACK,
    ]


async def test_events_are_numbered_and_listed_newest_first(database: Database) -> None:
    def write(tx: Tx) -> None:
        for number in range(3):
            store.add_event(
                tx, Event(STACK.id, f"e{number}", "Queue", "", "T", "CREATE_COMPLETE", 1.0)
            )

    await database.write(write)

    found = await database.read(partial(store.list_events, stack_id=STACK.id, before=3, limit=9))
    assert [(number, event.id) for number, event in found] == [(2, "e1"), (1, "e0")]
    assert await database.read(partial(store.last_event_number, stack_id=STACK.id)) == 3


async def test_the_first_answer_to_a_token_counts(database: Database) -> None:
    def write(tx: Tx) -> None:
        store.put_response(tx, "token", "answer", "first")
        store.put_response(tx, "token", "answer", "second")
        store.put_response(tx, "other", "answer", "third")

    await database.write(write)

    assert await database.read(partial(store.list_responses, token="token")) == {"answer": "first"}
    await database.write(partial(store.remove_responses, token="token"))
    assert await database.read(partial(store.list_responses, token="token")) == {}
