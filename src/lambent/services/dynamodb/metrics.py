"""
What DynamoDB counts, in AWS's names: capacity that was consumed, conditions that did not hold.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from lambent.metrics import Subject
from lambent.platform import Context
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.records import Table
from lambent.services.dynamodb.table_rules import table_place

_NAMESPACE = "AWS/DynamoDB"
_CACHE = "dynamodb.metrics"
_MOST_SUBJECTS = 10_000

Key = tuple[str, str, str, str]


def count_read(context: Context, table: Table, consumed: Consumed) -> None:
    _count(context, table, consumed, "ConsumedReadCapacityUnits")


def count_written(context: Context, table: Table, consumed: Consumed) -> None:
    _count(context, table, consumed, "ConsumedWriteCapacityUnits")


def count_failed_check(context: Context, given: str) -> None:
    account, region, name = table_place(given, context.account, context.region)
    subject = _subject(context, (account, region, name, ""))
    sheet = context.platform.metrics.sheet(subject, context.clock.now())
    sheet["ConditionalCheckFailedRequests"].append(1.0)


def count_expired(context: Context, table: Table, items: int) -> None:
    subject = _subject(context, (table.account, table.region, table.name, ""))
    sheet = context.platform.metrics.sheet(subject, context.clock.now())
    sheet["TimeToLiveDeletedItemCount"].append(float(items))


def _count(context: Context, table: Table, consumed: Consumed, metric: str) -> None:
    now = context.clock.now()
    counted = context.platform.metrics
    place = table.account, table.region, table.name
    # AWS: local indexes take of what the table has.
    of_table = consumed.table + sum(consumed.local.values())
    counted.sheet(_subject(context, (*place, "")), now)[metric].append(of_table)
    for name, units in consumed.secondary.items():
        counted.sheet(_subject(context, (*place, name)), now)[metric].append(units)


def _subject(context: Context, key: Key) -> Subject:
    """Of a table, or of an index where one is named."""
    known: dict[Key, Subject] = context.platform.caches.setdefault(_CACHE, {})
    subject = known.get(key)
    if subject is None:
        if len(known) >= _MOST_SUBJECTS:
            known.clear()
        account, region, table, index = key
        dimensions: tuple[tuple[str, str], ...] = (("TableName", table),)
        if index:
            dimensions = (("GlobalSecondaryIndexName", index), *dimensions)
        subject = known[key] = Subject(account, region, _NAMESPACE, (dimensions,), {})
    return subject
