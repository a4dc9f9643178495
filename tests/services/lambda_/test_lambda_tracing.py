"""Active tracing: what X-Ray hears of invokes, and what functions know of it."""

from dataclasses import replace
from typing import Any

import pytest

from lambent.core.settings import Settings
from lambent.platform import Context
from tests.conftest import World
from tests.services.lambda_.functions import ARN, call, create, invoke, zipped
from tests.services.xray.traces_read import documents, tree

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"
SHOWING = zipped(
    "import os, socket, time\n"
    "def handler(event, context):\n"
    "    return {name: value for name, value in os.environ.items() if 'X' in name}\n"
)
SENDING = zipped(
    "import json, os, socket, time\n"
    "def handler(event, context):\n"
    "    header = dict(x.split('=', 1) for x in os.environ['_X_AMZN_TRACE_ID'].split(';'))\n"
    "    host, port = os.environ['AWS_XRAY_DAEMON_ADDRESS'].split(':')\n"
    "    now = time.time()\n"
    "    part = {'id': '0123456789abcdef', 'name': 'own', 'type': 'subsegment',\n"
    "            'trace_id': event.get('trace') or header['Root'], 'parent_id': header['Parent'],\n"
    "            'start_time': now, 'end_time': now}\n"
    '    told = \'{"format": "json", "version": 1}\\n\' + json.dumps(part)\n'
    "    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:\n"
    "        daemon.sendto(b'nonsense', (host, int(port)))\n"
    "        daemon.sendto(told.encode(), (host, int(port)))\n"
)
ACTIVE = {"TracingConfig": {"Mode": "Active"}}


@pytest.fixture(params=["allowed", "platform-only"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Functions send to a socket that they share, or to one in a network of their own."""
    functions = replace(settings.functions, network=request.param)
    return replace(settings, functions=functions)


def fields(header: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in header.split(";"))


async def made(world: World, code: bytes, **params: Any) -> Context:
    """A context in which the function `orders` is."""
    await create(world.context, Code={"ZipFile": code}, **params)
    await world.settle()
    return world.context


def invocation_id(function: dict[str, Any]) -> str:
    (found,) = [one["id"] for one in function["subsegments"] if one["name"] == "Invocation"]
    return str(found)


async def shown(context: Context) -> dict[str, Any]:
    told: dict[str, Any] = await invoke(context)
    return told


def asking(context: Context, header: str) -> Context:
    return replace(context, request={"x-amzn-trace-id": header})


async def heard(context: Context) -> int:
    now = context.clock.now()
    window = {"StartTime": now - 3_600, "EndTime": now + 3_600}
    return len((await context.call("xray", "GetTraceSummaries", window))["TraceSummaries"])


async def test_an_invoke_of_an_active_function_is_a_trace(world: World) -> None:
    context = await made(world, SHOWING, **ACTIVE)
    header = fields((await shown(context))["_X_AMZN_TRACE_ID"])

    service, function = await documents(context)
    assert (service["origin"], function["origin"]) == ("AWS::Lambda", "AWS::Lambda::Function")
    assert service["name"] == function["name"] == "orders"
    assert service["resource_arn"] == function["resource_arn"] == f"{ARN}orders"
    assert "parent_id" not in service
    assert function["parent_id"] == service["id"]
    names = [one["name"] for one in function["subsegments"]]
    assert names == ["Initialization", "Invocation", "Overhead"]
    invocation = invocation_id(function)
    assert (header["Root"], header["Parent"]) == (service["trace_id"], invocation)
    assert (header["Sampled"], "Lineage" in header) == ("1", True)


async def test_one_request_a_second_is_traced_for_certain(world: World) -> None:
    """
    AWS: and one in twenty of the others.
    """
    context = await made(world, SHOWING, **ACTIVE)
    sampled = [fields((await shown(context))["_X_AMZN_TRACE_ID"])["Sampled"] for _ in range(40)]

    assert sampled[0] == "1"
    assert sampled.count("0") > 20
    assert await heard(context) == sampled.count("1")
    await world.advance(1)
    assert fields((await shown(context))["_X_AMZN_TRACE_ID"])["Sampled"] == "1"


async def test_a_callers_decision_stands(world: World) -> None:
    context = await made(world, SHOWING, **ACTIVE)
    not_sampled = asking(context, f"Root={ROOT};Parent={PARENT};Sampled=0")
    header = fields((await shown(not_sampled))["_X_AMZN_TRACE_ID"])
    assert (header["Root"], header["Parent"], header["Sampled"]) == (ROOT, PARENT, "0")
    assert await heard(context) == 0

    sampled = asking(context, f"Root={ROOT};Parent={PARENT};Sampled=1")
    header = fields((await shown(sampled))["_X_AMZN_TRACE_ID"])
    service, function = await documents(context, ROOT)
    invocation = invocation_id(function)
    assert (service["parent_id"], header["Parent"]) == (PARENT, invocation)


async def test_other_functions_are_traced_only_where_the_caller_is(world: World) -> None:
    context = await made(world, SHOWING)
    assert fields((await shown(context))["_X_AMZN_TRACE_ID"])["Sampled"] == "0"
    assert await heard(context) == 0

    await shown(asking(context, f"Root={ROOT};Parent={PARENT};Sampled=1"))
    assert await heard(context) == 1


async def test_what_a_function_sends_to_the_daemon_extends_its_invocation(world: World) -> None:
    context = await made(world, SENDING, **ACTIVE)
    await invoke(context, event={})

    found = tree(await documents(context))
    function = found["AWS::Lambda"]["AWS::Lambda::Function"]
    assert function == {"Initialization": {}, "Invocation": {"own": {}}, "Overhead": {}}


async def test_a_function_tells_nothing_of_traces_that_are_not_its_own(world: World) -> None:
    context = await made(world, SENDING, **ACTIVE)
    await invoke(context, event={"trace": ROOT})

    reply = await context.call("xray", "BatchGetTraces", {"TraceIds": [ROOT]})
    assert reply["UnprocessedTraceIds"] == [ROOT]


async def test_an_error_of_a_function_is_its_fault(world: World) -> None:
    failing = zipped("def handler(event, context):\n    raise ValueError('broken')\n")
    context = await made(world, failing, **ACTIVE)
    reply = await call(context, "Invoke", FunctionName="orders")
    assert reply["FunctionError"] == "Unhandled"

    service, function = await documents(context)
    assert (service.get("error"), function.get("fault")) == (True, True)
    (exception,) = function["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("ValueError", "broken")


async def test_the_attempts_of_an_event_are_one_trace(world: World) -> None:
    failing = zipped("def handler(event, context):\n    raise ValueError('broken')\n")
    context = await made(world, failing, **ACTIVE)
    await call(context, "Invoke", FunctionName="orders", InvocationType="Event")
    await world.settle()
    await world.advance(60)
    await world.advance(120)

    segments = await documents(context)
    service = segments[0]
    assert service["origin"] == "AWS::Lambda"
    assert service["http"] == {"response": {"status": 202}}
    assert service["end_time"] - service["start_time"] >= 180
    phases = {"Initialization": {}, "Invocation": {}, "Overhead": {}}
    ran = {"AWS::Lambda::Function": phases}
    assert tree(segments)["AWS::Lambda"].keys() == {
        "Dwell Time",
        "Attempt #1",
        "Attempt #2",
        "Attempt #3",
    }
    assert tree(segments)["AWS::Lambda"]["Attempt #1"] == ran
    assert len(segments) == 4
