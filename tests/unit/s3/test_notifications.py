"""Which configurations overlap, by the examples of AWS's guide."""

from typing import Any

import pytest

from lambent.services.s3 import notifications
from lambent.services.s3.errors import InvalidArgument
from lambent.services.s3.records import Bucket

BUCKET = Bucket("b", "000000000000", "us-east-1", 0.0)
CREATED, PUT, REMOVED = "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:*"


def checked(*asked: tuple[str, str, str]) -> Any:
    """Queues, each told of an event of keys with a prefix and a suffix."""
    queues = []
    for place, (event, prefix, suffix) in enumerate(asked):
        rules = [{"Name": "prefix", "Value": prefix}, {"Name": "suffix", "Value": suffix}]
        arn = f"arn:aws:sqs:us-east-1:000000000000:q{place}"
        key = {"Key": {"FilterRules": rules}}
        queues.append({"QueueArn": arn, "Events": [event], "Id": str(place), "Filter": key})
    return notifications.checked({"QueueConfigurations": queues}, BUCKET, lambda: "new")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((CREATED, "images/", ""), (CREATED, "logs/", "")),
        ((CREATED, "images/", ".jpg"), (CREATED, "images/", ".png")),
        ((CREATED, "images/", ""), (REMOVED, "images/", "")),
        ((PUT, "", ""), ("s3:ObjectCreated:Copy", "", "")),
    ],
)
def test_these_do_not_overlap(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert len(checked(one, other)["QueueConfigurations"]) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((CREATED, "", ""), (CREATED, "", "")),
        ((CREATED, "", ""), (PUT, "images/", ".jpg")),
        ((CREATED, "images", ""), (CREATED, "images/2", "")),
        ((CREATED, "", ".jpg"), (CREATED, "images/", "pg")),
        ((CREATED, "images/", ""), (CREATED, "", ".jpg")),
    ],
)
def test_these_overlap(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    for first, second in ((one, other), (other, one)):
        with pytest.raises(InvalidArgument, match="overlap"):
            checked(first, second)


def test_ids_are_given_once() -> None:
    asked = {
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:q",
        "Events": [CREATED],
        "Id": "same",
    }
    other = {**asked, "Events": [REMOVED]}
    with pytest.raises(InvalidArgument, match="IDs must be unique"):
        notifications.checked({"QueueConfigurations": [asked, other]}, BUCKET, lambda: "new")
