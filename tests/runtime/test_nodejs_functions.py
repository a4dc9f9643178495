"""What Node.js functions can count on."""

import json
import re
from typing import Any

import pytest

from lambent.runtime.api import InvocationResult
from tests.runtime.conftest import Functions


async def run(functions: Functions, source: str, event: object = None, **configured: Any) -> Any:
    chosen = {"runtime": "nodejs20.x", "file": "app.js", "memory_size": 256, **configured}
    return await functions.run(functions.function(source, **chosen), event)


async def answer(functions: Functions, source: str, event: object = None, **configured: Any) -> Any:
    result: InvocationResult = await run(functions, source, event, **configured)
    assert result.function_error is None, result.payload
    return json.loads(result.payload)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("exports.handler = async (event) => event.a", 1),
        ("exports.handler = (event, context, callback) => callback(null, 'called')", "called"),
        ("exports.handler = (event, context) => context.succeed('done')", "done"),
        ("exports.handler = () => {}", None),
        ("exports.handler = async () => undefined", None),
        ("exports.handler = async () => new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("module.exports = {handler: () => Promise.resolve([1])}", [1]),
    ],
)
async def test_every_way_of_answering_answers(
    functions: Functions, source: str, expected: object
) -> None:
    assert await answer(functions, source, {"a": 1}) == expected


async def test_es_modules_run_by_extension_and_by_package(functions: Functions) -> None:
    source = "import path from 'path'; export const handler = async () => path.sep;"
    assert await answer(functions, source, file="app.mjs") == "/"

    version = functions.function(source, file="app.js", runtime="nodejs20.x")
    (version.code / "package.json").write_text('{"type": "module"}')
    assert (await functions.run(version)).payload == b'"/"'


async def test_a_callback_waits_for_the_event_loop_unless_told_not_to(
    functions: Functions,
) -> None:
    source = """
        exports.handler = (event, context, callback) => {
            context.callbackWaitsForEmptyEventLoop = event;
            setTimeout(() => console.log("afterwards"), 100);
            callback(null, "answer");
        };
    """
    waited = await run(functions, source, True)
    at_once = await run(functions, source, False)

    assert b"afterwards" in waited.log_tail
    assert b"afterwards" not in at_once.log_tail
    assert waited.payload == at_once.payload == b'"answer"'


async def test_the_context_and_the_environment_are_complete(functions: Functions) -> None:
    source = """
        exports.handler = async (event, context) => ({
            context, env: process.env, cwd: process.cwd(),
            left: context.getRemainingTimeInMillis(),
        });
    """
    got = await answer(functions, source, environment={"STAGE": "prod"})

    assert got["env"]["STAGE"] == "prod"
    assert got["env"]["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs20.x"
    assert got["cwd"] == got["env"]["LAMBDA_TASK_ROOT"]
    assert 0 < got["left"] <= 5000
    assert got["context"]["memoryLimitInMB"] == "256"
    assert got["context"]["functionName"] == "tested"


async def test_an_error_is_answered_with_its_trace_and_logged(functions: Functions) -> None:
    source = 'exports.handler = async () => { throw new TypeError("no good"); };'
    result = await run(functions, source)
    error = json.loads(result.payload)

    assert result.function_error == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("TypeError", "no good")
    assert error["trace"][0] == "TypeError: no good"
    assert re.search(
        r"\t[0-9a-f-]{36}\tERROR\tInvoke Error \t\{\"errorType\":\"TypeError\"",
        (result.log_tail.decode()),
    )


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("exports.handler = async () => { throw 'text'; }", "string", "text"),
        ("exports.handler = (e, c, callback) => callback('text')", "Error", "text"),
        ("exports.handler = (", "Runtime.UserCodeSyntaxError", "SyntaxError: "),
        ("require('nope')", "Runtime.ImportModuleError", "Error: Cannot find module 'nope'"),
        ("", "Runtime.HandlerNotFound", "app.handler is undefined or not exported"),
        ("exports.handler = 1", "Runtime.HandlerNotFound", "app.handler is not a function"),
        (
            "exports.handler = () => { Promise.reject(new Error('lost')); return new Promise(() => {}) }",  # noqa: E501
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
        ),
        (
            "exports.handler = () => { setTimeout(() => { throw new Error('late') }); return new Promise(() => {}) }",  # noqa: E501
            "Error",
            "late",
        ),
        (
            "exports.handler = () => process.exit(3)",
            "Runtime.ExitError",
            "Runtime exited with error: exit status 3",
        ),
        (
            "exports.handler = async () => { const a = {}; a.a = a; return a; }",
            "Error",
            "Unable to stringify response body",
        ),
    ],
)
async def test_failures_have_awss_words(
    functions: Functions, source: str, kind: str, message: str
) -> None:
    error = json.loads((await run(functions, source)).payload)

    assert error["errorType"] == kind
    assert message in error["errorMessage"]


async def test_the_console_writes_time_request_and_level(functions: Functions) -> None:
    source = """
        exports.handler = async () => {
            console.log("a", {b: 1}); console.warn("two\\nlines"); console.error("e");
        };
    """
    result = await run(functions, source)
    request_id = result.log_tail.split()[2].decode()
    lines = result.log_tail.decode().split("\n")

    assert [line.split("\t", 1)[-1] for line in lines[1:5]] == [
        f"{request_id}\tINFO\ta {{ b: 1 }}",
        f"{request_id}\tWARN\ttwo",
        "lines",
        f"{request_id}\tERROR\te",
    ]


async def test_options_for_node_itself_are_obeyed(functions: Functions) -> None:
    source = "exports.handler = async () => process.execArgv.length + require('v8').getHeapStatistics().heap_size_limit"  # noqa: E501
    limited = {"NODE_OPTIONS": "--max-old-space-size=64"}

    assert await answer(functions, source, environment=limited) < 200 << 20


async def test_a_function_runs_out_of_time(functions: Functions) -> None:
    result = await run(functions, "exports.handler = () => { while (true); }", timeout=1)

    assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"


async def test_too_much_memory_ends_a_function(contained: Functions) -> None:
    source = """
        exports.handler = async () => {
            const held = [];
            while (true) held.push(Buffer.alloc(1 << 20, 1));
        };
    """
    error = json.loads((await run(contained, source, timeout=20)).payload)

    assert error["errorType"] == "Runtime.OutOfMemory"
