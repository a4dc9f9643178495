"""Recursive loops: told by the trace header, stopped after sixteen runs."""

from dataclasses import replace

import orjson

from lambent.services.lambda_.lineage import entered, joined
from tests.conftest import World
from tests.services.lambda_.event_source_making import (
    connect,
    events,
    make_queue,
    make_recorder,
    send,
)
from tests.services.lambda_.functions import ARN, call, create, refused, zipped

ONE, OTHER = f"{ARN}one", f"{ARN}other"
ID = "0e3a3f0c-1111-4222-8333-444455556666"


def test_each_run_counts_one_more_in_the_header() -> None:
    header, before = entered(None, ONE, ID, 0.0)
    assert before == 0
    assert header.startswith("Root=1-00000000-")
    for run in range(1, 20):
        header, before = entered(header, ONE, ID, 0.0)
        assert before == run
    header, before = entered(header, OTHER, ID, 0.0)
    assert before == 0
    assert entered(header, ONE, ID, 0.0)[1] == 20


def test_a_header_of_tracing_is_kept_and_an_older_form_understood() -> None:
    header, before = entered("Root=1-a-b;Parent=c;Sampled=1", ONE, ID, 0.0)
    assert header.startswith("Root=1-a-b;Parent=c;Sampled=1;Lineage=1:")
    assert before == 0
    own = header.rpartition("Lineage=1:")[2]
    older = f"Root=1-a-b;Lineage=cafe0000:7|{own}"
    assert entered(older, ONE, ID, 0.0)[1] == 1


def test_a_batch_has_run_as_often_as_any_of_its_messages() -> None:
    messages = ["Root=1-a;Lineage=1:aa:3|1:bb:0", "Root=1-z;Lineage=1:aa:5"]
    assert joined(messages) == "Root=1-a;Lineage=1:aa:5|1:bb:0"
    assert joined([]) is None


async def test_a_function_that_invokes_itself_is_stopped(world: World) -> None:
    """
    The header that a function runs with is what its SDK sends; here the test does.
    """
    context = world.context
    source = "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n"
    await create(context, Code={"ZipFile": zipped(source)})
    await world.settle()
    runs = 0
    while runs < 16:
        reply = await call(context, "Invoke", FunctionName="orders")
        header = orjson.loads(reply["Payload"])
        context = replace(context, request={"x-amzn-trace-id": header})
        runs += 1
    assert (await refused(context, "Invoke", FunctionName="orders"))[0] == (
        "RecursiveInvocationException"
    )
    await call(context, "PutFunctionRecursionConfig", FunctionName="orders", RecursiveLoop="Allow")
    assert await call(context, "GetFunctionRecursionConfig", FunctionName="orders") == {
        "RecursiveLoop": "Allow"
    }
    assert "Payload" in await call(context, "Invoke", FunctionName="orders")


async def test_a_loop_through_a_queue_ends_with_the_sixteenth_run(world: World) -> None:
    """
    Each run sends the next message with the header that it ran with, as SDKs do.
    """
    context = world.context
    url, arn = await make_queue(context)
    await make_recorder(world)
    await connect(world, arn)
    await send(context, url, "round")
    await world.settle()
    for _ in range(20):
        seen = await events(world)
        header = seen[-1]["Records"][0]["attributes"].get("AWSTraceHeader")
        runs = len(seen)
        header, _ = entered(header, f"{ARN}recorder", ID, world.clock.now())
        traced = replace(context, request={"x-amzn-trace-id": header})
        await send(traced, url, "round")
        await world.advance(1)
        if len(await events(world)) == runs:
            break
    assert runs == 16
