"""
Items of DynamoDB through raw HTTP, 8 clients: the same work on each server, one after the other.

An item is some 300 bytes in six attributes; its table has a partition key, a sort key and one
global index.
"""

import json
from typing import Any

from benchmarks import load
from benchmarks.clients import client
from benchmarks.figures import Figure
from benchmarks.measures import Measure, side_by_side
from benchmarks.servers import Server

CLIENTS = 8
_TABLE = "bench"
_CALLS = 8_000
_KEYS = 1_000


def put_rate(server: Server) -> float:
    _make_table(server)
    return _rate(server, "PutItem", lambda n: {"Item": _item(n)})


def put_if_new_rate(server: Server) -> float:
    condition = "attribute_not_exists(pk) OR version < :v"
    values = {":v": {"N": "1000000"}}

    def asked(n: int) -> dict[str, Any]:
        return {
            "Item": _item(n),
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }

    return _rate(server, "PutItem", asked)


def get_rate(server: Server) -> float:
    return _rate(server, "GetItem", lambda n: {"Key": _key(n)})


def update_rate(server: Server) -> float:
    def asked(n: int) -> dict[str, Any]:
        return {
            "Key": _key(n),
            "UpdateExpression": "SET version = version + :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }

    return _rate(server, "UpdateItem", asked)


def query_rate(server: Server) -> float:
    """Ten items at a time."""

    def asked(n: int) -> dict[str, Any]:
        return {
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": _key(n)["pk"]},
            "Limit": 10,
        }

    return _rate(server, "Query", asked)


def _make_table(server: Server) -> None:
    tables = client(server, "dynamodb")
    tables.create_table(
        TableName=_TABLE,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "state", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_state",
                "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    tables.get_waiter("table_exists").wait(TableName=_TABLE, WaiterConfig={"Delay": 1})


def _key(n: int) -> dict[str, Any]:
    n %= _KEYS
    return {"pk": {"S": f"customer-{n % 100}"}, "sk": {"N": str(n // 100)}}


def _item(n: int) -> dict[str, Any]:
    return {
        **_key(n),
        "state": {"S": f"state-{n % 7}"},
        "version": {"N": str(n)},
        "text": {"S": "x" * 200},
        "more": {"M": {"flag": {"BOOL": True}, "list": {"L": [{"S": "a"}, {"N": "1"}]}}},
    }


def _rate(server: Server, operation: str, asked: Any) -> float:
    requests = [
        load.json_call(
            server.port,
            "dynamodb",
            f"DynamoDB_20120810.{operation}",
            json.dumps({"TableName": _TABLE, **asked(n)}).encode(),
        )
        for n in range(_KEYS)
    ]
    done = load.run(server.port, CLIENTS, _CALLS, lambda n: requests[n % _KEYS], warm_up=100)
    return done.rate


_MEASURES = (
    Measure("PutItem", "/s", 3_000, put_rate, at_least=True),
    Measure("PutItem with a condition", "/s", 3_000, put_if_new_rate, at_least=True),
    Measure("GetItem", "/s", 4_000, get_rate, at_least=True),
    Measure("UpdateItem", "/s", 2_000, update_rate, at_least=True),
    Measure("Query of ten items", "/s", 1_000, query_rate, at_least=True),
)


def figures(peers: list[str]) -> list[Figure]:
    return side_by_side(_MEASURES, peers)
