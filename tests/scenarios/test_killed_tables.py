"""
The server dies while items are written: what it acknowledged is there, and transactions are whole.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.processes import ServerProcess

Json = dict[str, Any]


def make_table(client: Any) -> None:
    client.create_table(
        TableName="killed",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "group", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_group",
                "KeySchema": [{"AttributeName": "group", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName="killed", WaiterConfig={"Delay": 1})


def item(partition: str, number: int) -> Json:
    return {"pk": {"S": partition}, "sk": {"N": str(number)}, "group": {"S": partition}}


def put(client: Any, number: int) -> None:
    client.put_item(TableName="killed", Item=item("put", number))


def count(client: Any, number: int) -> None:
    client.update_item(
        TableName="killed",
        Key={"pk": {"S": "count"}, "sk": {"N": "0"}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def transact(client: Any, number: int) -> None:
    """Three items that belong together."""
    actions = [
        {"Put": {"TableName": "killed", "Item": item(f"transaction-{part}", number)}}
        for part in range(3)
    ]
    client.transact_write_items(TransactItems=actions)


def repeat(
    server: ServerProcess, call: Callable[[Any, int], None], acknowledged: list[int]
) -> None:
    client = server.client("dynamodb")
    for number in range(100_000):
        try:
            call(client, number)
        except (BotoCoreError, ClientError):
            return
        acknowledged.append(number)


def everything(client: Any, **params: Any) -> list[Json]:
    pages = client.get_paginator("scan").paginate(TableName="killed", **params)
    return [one for page in pages for one in page["Items"]]


def numbers(items: list[Json], partition: str) -> list[int]:
    return sorted(int(one["sk"]["N"]) for one in items if one["pk"]["S"] == partition)


def streamed(server: ServerProcess) -> list[Json]:
    streams = server.client("dynamodbstreams")
    [stream] = streams.list_streams(TableName="killed")["Streams"]
    arn = stream["StreamArn"]
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    found: list[Json] = []
    while True:
        reply = streams.get_records(ShardIterator=iterator)
        if not reply["Records"]:
            return found
        found += reply["Records"]
        iterator = reply["NextShardIterator"]


def test_what_was_acknowledged_is_there_and_transactions_are_whole(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    make_table(server.client("dynamodb"))
    for round_ in range(1, 4):
        check_round(server, round_)
    assert server.stop() == 0


def check_round(server: ServerProcess, round_: int) -> None:
    calls = {"put": put, "count": count, "transaction": transact}
    acknowledged: dict[str, list[int]] = {name: [] for name in calls}
    threads = [
        threading.Thread(target=repeat, args=(server, call, acknowledged[name]))
        for name, call in calls.items()
    ]
    before = counted(server.client("dynamodb"))
    for thread in threads:
        thread.start()
    while min(map(len, acknowledged.values())) < 50 * round_:
        time.sleep(0.005)
    server.kill()
    for thread in threads:
        thread.join()
    server.start()

    client = server.client("dynamodb")
    items = everything(client)
    assert set(acknowledged["put"]) <= set(numbers(items, "put"))
    # One may have been counted without its answer having arrived.
    assert 0 <= counted(client) - before - len(acknowledged["count"]) <= 1
    parts = [numbers(items, f"transaction-{part}") for part in range(3)]
    assert parts[0] == parts[1] == parts[2]
    assert set(acknowledged["transaction"]) <= set(parts[0])
    # The index and the stream tell of the same items.
    in_index = everything(client, IndexName="by_group")
    assert len(in_index) == len([one for one in items if "group" in one])
    keys = {(one["pk"]["S"], one["sk"]["N"]) for one in items}
    told = [record["dynamodb"]["Keys"] for record in streamed(server)]
    assert {(one["pk"]["S"], one["sk"]["N"]) for one in told} == keys


def counted(client: Any) -> int:
    key = {"pk": {"S": "count"}, "sk": {"N": "0"}}
    found = client.get_item(TableName="killed", Key=key).get("Item", {})
    return int(found.get("n", {"N": "0"})["N"])
