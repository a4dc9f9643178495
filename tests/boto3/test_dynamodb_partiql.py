"""PartiQL over the wire: with the client of boto3, and its pages."""

from typing import Any

import pytest

from tests.processes import ServerProcess


@pytest.fixture(scope="module")
def dynamodb(server: ServerProcess) -> Any:
    client = server.client("dynamodb")
    client.create_table(
        TableName="partiql-songs",
        KeySchema=[
            {"AttributeName": "artist", "KeyType": "HASH"},
            {"AttributeName": "song", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "song", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(
        TableName="partiql-songs", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    return client


def test_statements_write_and_read_items(dynamodb: Any) -> None:
    dynamodb.execute_statement(
        Statement="INSERT INTO \"partiql-songs\" VALUE {'artist': ?, 'song': ?, 'cover': ?}",
        Parameters=[{"S": "Acme"}, {"S": "Rocks"}, {"B": b"\x00\xff"}],
    )
    dynamodb.execute_statement(
        Statement="UPDATE \"partiql-songs\" SET awards = 1 SET detail = {'Grammys': [2020, 2018]}"
        " WHERE artist = 'Acme' AND song = 'Rocks'"
    )

    reply = dynamodb.execute_statement(
        Statement='SELECT cover, detail.Grammys[1] FROM "partiql-songs"'
        " WHERE artist = 'Acme' AND begins_with(song, 'R') AND awards = 1"
    )

    assert reply["Items"] == [{"cover": {"B": b"\x00\xff"}, "Grammys[1]": {"N": "2018"}}]


def test_an_item_that_is_there_already_is_an_error_of_its_own(dynamodb: Any) -> None:
    statement = "INSERT INTO \"partiql-songs\" VALUE {'artist': 'Twice', 'song': 'x'}"
    dynamodb.execute_statement(Statement=statement)

    with pytest.raises(dynamodb.exceptions.DuplicateItemException):
        dynamodb.execute_statement(Statement=statement)


def test_batches_and_transactions_have_their_own_replies(dynamodb: Any) -> None:
    reply = dynamodb.execute_transaction(
        TransactStatements=[
            {"Statement": "INSERT INTO \"partiql-songs\" VALUE {'artist': 'A', 'song': '1'}"},
            {"Statement": "INSERT INTO \"partiql-songs\" VALUE {'artist': 'A', 'song': '2'}"},
        ]
    )
    assert reply["Responses"] == []

    reply = dynamodb.batch_execute_statement(
        Statements=[
            {
                "Statement": 'SELECT song FROM "partiql-songs" WHERE artist = ? AND song = ?',
                "Parameters": [{"S": "A"}, {"S": "2"}],
            },
            {"Statement": "SELECT * FROM \"partiql-songs\" WHERE artist = 'A'"},
        ]
    )
    found, refused = reply["Responses"]
    assert found == {"TableName": "partiql-songs", "Item": {"song": {"S": "2"}}}
    assert refused["Error"]["Code"] == "ValidationError"

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
        dynamodb.execute_transaction(
            TransactStatements=[
                {"Statement": "INSERT INTO \"partiql-songs\" VALUE {'artist': 'A', 'song': '1'}"}
            ]
        )
    assert cancelled.value.response["CancellationReasons"][0]["Code"] == "DuplicateItem"
