"""
What a map run gives: the outputs of its children, or the files that ResultWriter asks for.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from heapq import merge
from typing import Any

from lambent.core.errors import AwsError
from lambent.languages.asl import StateFailed
from lambent.languages.asl.data import LIMIT, read, write
from lambent.languages.asl.failures import too_large
from lambent.languages.asl.timestamps import format_timestamp
from lambent.platform import Context
from lambent.services.stepfunctions.integrations.failures import sdk_failure
from lambent.services.stepfunctions.memory import Plan
from lambent.services.stepfunctions.records import ChildResult, MapRun
from lambent.services.stepfunctions.store import map_runs

_ROWS = 500
_FILES: Mapping[str, tuple[str, ...]] = {
    "FAILED": ("FAILED", "TIMED_OUT", "ABORTED"),
    "PENDING": (),
    "SUCCEEDED": ("SUCCEEDED",),
}
Pending = Callable[[], AsyncIterator[str]]


@dataclass(frozen=True, slots=True)
class Results:
    """The state's result as JSON text, and how many children's results were written to S3."""

    output: str
    written: int


async def results_of(context: Context, plan: Plan, run: MapRun, pending: Pending) -> Results:
    """
    Gather the results; `context` is the role's, `pending` the inputs of what was not begun.

    Raises StateFailed.
    """
    writer = plan.settings["writer"] or {}
    if "Resource" not in writer:
        return Results(await _gathered(context, plan, writer), 0)
    return await _exported(context, plan, run, writer, pending)


# In the state's output --------------------------------------------------------------------------


async def _gathered(context: Context, plan: Plan, writer: Mapping[str, Any]) -> str:
    transformation = (writer.get("WriterConfig") or {}).get("Transformation", "COMPACT")
    size = await context.db.read(partial(map_runs.output_size, number=plan.number))
    if size > LIMIT:
        raise too_large(plan.arn)
    texts: list[str] = []
    for found in merge(
        *[await _all(context, plan, status) for statuses in _FILES.values() for status in statuses],
        key=lambda found: found.number,
    ):
        texts += shown(found, plan.machine_arn, transformation)
        size += len(texts[-1]) if found.status != "SUCCEEDED" else 0
        if size > LIMIT:
            raise too_large(plan.arn)
    return "[" + ",".join(texts) + "]"


async def _all(context: Context, plan: Plan, status: str) -> list[ChildResult]:
    return [found async for found in _children(context, plan, (status,))]


async def _children(
    context: Context, plan: Plan, statuses: Iterable[str]
) -> AsyncIterator[ChildResult]:
    for status in statuses:
        after = 0
        while True:
            found = await context.db.read(
                partial(
                    map_runs.results, number=plan.number, status=status, after=after, limit=_ROWS
                )
            )
            for one in found:
                yield one
            if len(found) < _ROWS:
                break
            after = found[-1].number


def shown(found: ChildResult, machine_arn: str, transformation: str) -> list[str]:
    """A child's result as JSON texts: FLATTEN may make several of it."""
    if found.status != "SUCCEEDED" or transformation == "NONE" or found.output is None:
        # AWS: what has failed is always shown whole.
        return [write(_whole(found, machine_arn))]
    if transformation == "FLATTEN" and found.output.lstrip().startswith("["):
        return [write(value) for value in read(found.output)]
    return [found.output]


def _whole(found: ChildResult, machine_arn: str) -> dict[str, Any]:
    redrivable = found.status in ("FAILED", "TIMED_OUT", "ABORTED")
    about: dict[str, Any] = {
        "Cause": found.cause,
        "Error": found.error,
        "ExecutionArn": found.arn,
        "Input": found.input,
        "InputDetails": {"Included": True},
        "Name": found.name,
        "Output": found.output,
        "OutputDetails": {"Included": True},
        "RedriveCount": found.redrive_count,
        "RedriveStatus": "REDRIVABLE_BY_MAP_RUN" if redrivable else "NOT_REDRIVABLE",
        "RedriveStatusReason": None
        if redrivable
        else f"Execution is {found.status} and cannot be redriven",
        "StartDate": format_timestamp(found.started_at),
        "StateMachineArn": machine_arn,
        "Status": found.status,
        "StopDate": None if found.stopped_at is None else format_timestamp(found.stopped_at),
    }
    return {name: value for name, value in about.items() if value is not None}


# In a bucket ------------------------------------------------------------------------------------


class _File:
    """A file while it is written: its pieces, and what has gone into it."""

    def __init__(self, lines: bool) -> None:
        self._begin, self._between, self._end = ("", "\n", "\n") if lines else ("[", ",", "]")
        self.size = 0
        self.entries = 0

    async def pieces(self, texts: AsyncIterator[list[str]]) -> AsyncIterator[bytes]:
        first = True
        async for some in texts:
            self.entries += 1
            if not some:
                continue
            yield self._counted(
                (self._begin if first else self._between) + self._between.join(some)
            )
            first = False
        yield self._counted((self._begin if first else "") + self._end)

    def _counted(self, text: str) -> bytes:
        piece = text.encode()
        self.size += len(piece)
        return piece


async def _exported(
    context: Context, plan: Plan, run: MapRun, writer: Mapping[str, Any], pending: Pending
) -> Results:
    params = writer.get("Parameters") or {}
    config = writer.get("WriterConfig") or {}
    bucket = params.get("Bucket")
    if not isinstance(bucket, str):
        raise _failed("The ResultWriter names no Bucket.")
    prefix = str(params.get("Prefix") or "").strip("/")
    folder = f"{prefix}/{run.arn.rpartition(':')[2]}".lstrip("/")
    lines = config.get("OutputType") == "JSONL"
    written = 0
    listed: dict[str, list[dict[str, Any]]] = {}
    for name in _FILES:
        if not _has(run, name):
            listed[name] = []
            continue
        file = _File(lines)
        key = f"{folder}/{name}_0.{'jsonl' if lines else 'json'}"
        texts = _entries(context, plan, name, config.get("Transformation", "NONE"), pending)
        await _put(context, bucket, key, _pieces_of(file, texts))
        listed[name] = [{"Key": key, "Size": file.size}] if file.entries else []
        written += file.entries if name != "PENDING" else 0
    manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": listed}
    key = f"{folder}/manifest.json"
    await _put(context, bucket, key, write(manifest).encode())
    details = {"Bucket": bucket, "Key": key}
    return Results(write({"MapRunArn": run.arn, "ResultWriterDetails": details}), written)


def _has(run: MapRun, name: str) -> bool:
    counts = run.executions
    match name:
        case "SUCCEEDED":
            return counts.succeeded > 0
        case "FAILED":
            return counts.failed + counts.timed_out + counts.aborted > 0
        case _:
            return not run.read_all


async def _entries(
    context: Context, plan: Plan, name: str, transformation: str, pending: Pending
) -> AsyncIterator[list[str]]:
    if name == "PENDING":
        async for text in pending():
            yield [write({"Input": text, "InputDetails": {"Included": True}, "Status": "PENDING"})]
        return
    async for found in _children(context, plan, _FILES[name]):
        yield shown(found, plan.machine_arn, transformation)


async def _pieces_of(file: _File, texts: AsyncIterator[list[str]]) -> AsyncIterator[bytes]:
    """In pieces that are worth a write."""
    gathered: list[bytes] = []
    size = 0
    async for piece in file.pieces(texts):
        gathered.append(piece)
        size += len(piece)
        if size > 256 * 1024:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)


async def _put(context: Context, bucket: str, key: str, body: Any) -> None:
    params = {"Bucket": bucket, "Key": key, "Body": body, "ContentType": "application/json"}
    try:
        await context.call("s3", "PutObject", params)
    except AwsError as error:
        raise _failed(sdk_failure("s3", error, context.request_id).cause) from error


def _failed(cause: str) -> StateFailed:
    return StateFailed("States.ResultWriterFailed", cause, explained=False)
