"""Log streams: create, delete, describe."""

from typing import Any

from lambent.core.pages import token_after
from lambent.platform import Context, Params, Reply
from lambent.services.logs import store
from lambent.services.logs.api import asked
from lambent.services.logs.errors import InvalidParameter, ResourceAlreadyExists
from lambent.services.logs.records import LogGroup, LogStream
from lambent.storage.database import Tx


async def create_log_stream(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html"""
    now = asked.now(context)

    def write(tx: Tx) -> None:
        group = asked.get_group(tx, context, params["logGroupName"])
        name = params["logStreamName"]
        if store.find_stream(tx, group, name) is not None:
            raise ResourceAlreadyExists("The specified log stream already exists")
        store.add_stream(tx, LogStream(group.id, name, now))

    await context.db.write(write)
    return {}


async def delete_log_stream(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html"""

    def write(tx: Tx) -> None:
        group = asked.get_group(tx, context, params["logGroupName"])
        store.remove_stream(tx, store.get_stream(tx, group, params["logStreamName"]))

    await context.db.write(write)
    return {}


async def describe_log_streams(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html"""
    name = asked.group_name(params)
    prefix = params.get("logStreamNamePrefix", "")
    by_time = params.get("orderBy") == "LastEventTime"
    if by_time and prefix:
        raise InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
    last: list[object] = asked.after(params, [0, ""]) if params.get("nextToken") else []
    size = asked.page_size(params)
    descending = bool(params.get("descending"))

    def order(stream: LogStream) -> list[object]:
        return [(stream.last_event or 0) if by_time else 0, stream.name]

    def read(tx: Tx) -> tuple[LogGroup, list[LogStream]]:
        group = asked.get_group(tx, context, name)
        return group, store.list_streams(tx, group, prefix)

    group, streams = await context.db.read(read)
    streams.sort(key=order, reverse=descending)
    if last:
        streams = [
            stream
            for stream in streams
            if (order(stream) < last if descending else order(stream) > last)
        ]
    reply: dict[str, Any] = {"logStreams": [_reply(group, stream) for stream in streams[:size]]}
    if len(streams) > size:
        reply["nextToken"] = token_after(*order(streams[size - 1]))
    return reply


def _reply(group: LogGroup, stream: LogStream) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "arn": f"{group.arn}:log-stream:{stream.name}",
        # AWS: no longer counted for a stream, and always zero.
        "storedBytes": 0,
    }
    if stream.last_event is not None:
        reply["firstEventTimestamp"] = stream.first_event
        reply["lastEventTimestamp"] = stream.last_event
        reply["lastIngestionTime"] = stream.last_ingestion
        reply["uploadSequenceToken"] = f"{stream.id:056d}"
    return reply
