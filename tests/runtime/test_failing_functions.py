"""How functions fail, in AWS's words, and that nothing else is hurt."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lambent.runtime.api import FunctionVersion
from tests.runtime.conftest import Functions, credentials, started

FORKS_AND_SLEEPS = """
    import os, time
    def handler(event, context):
        if os.fork() == 0:
            os.setsid()
            while True:
                time.sleep(0.01)
        time.sleep(60)
"""


async def failure(functions: Functions, source: str, **configured: Any) -> dict[str, Any]:
    result = await functions.run(functions.function(source, **configured))
    assert result.function_error == "Unhandled"
    error: dict[str, Any] = json.loads(result.payload)
    return error


async def test_a_module_that_is_missing(functions: Functions) -> None:
    error = await failure(functions, "import not_there\ndef handler(event, context): pass")

    assert error == {
        "errorMessage": "Unable to import module 'app': No module named 'not_there'",
        "errorType": "Runtime.ImportModuleError",
        "requestId": "",
        "stackTrace": [],
    }


@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        ("app.other", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'app'"),
        (
            "nothing.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'nothing': No module named 'nothing'",
        ),
        (
            "handler",
            "Runtime.MalformedHandlerName",
            "Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
        ),
        (
            "sys.exit",
            "Runtime.BuiltInModuleConflict",
            "Cannot use built-in module sys as a handler module",
        ),
    ],
)
async def test_a_handler_that_cannot_be_found(
    functions: Functions, handler: str, kind: str, message: str
) -> None:
    error = await failure(functions, "def handler(event, context): pass", handler=handler)

    assert (error["errorType"], error["errorMessage"]) == (kind, message)


async def test_code_that_is_not_python(functions: Functions) -> None:
    error = await failure(functions, "def handler(event, context)\n    pass")

    assert error["errorType"] == "Runtime.UserCodeSyntaxError"
    assert error["errorMessage"] == "Syntax error in module 'app': expected ':' (app.py, line 1)"
    assert "app.py" in error["stackTrace"][0]


async def test_a_failed_init_is_tried_again_and_logged_twice(functions: Functions) -> None:
    version = functions.function("raise KeyError('at import')")

    result = await functions.run(version)
    log = result.log_tail.decode()

    assert json.loads(result.payload)["errorType"] == "KeyError"
    assert log.count("[ERROR] KeyError: 'at import'") == 2
    assert log.index("Phase: init\tStatus: error\tError Type: KeyError") < log.index(
        "Phase: invoke\tStatus: error\tError Type: KeyError"
    )


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("sys.exit(1)", "Runtime exited with error: exit status 1"),
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(7)", "Runtime exited with error: exit status 7"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
    ],
)
@pytest.mark.parametrize("where", ["handler", "import"])
async def test_a_process_that_ends(
    functions: Functions, statement: str, reason: str, where: str
) -> None:
    inside = statement if where == "handler" else "pass"
    outside = statement if where == "import" else "pass"
    source = f"import os, sys\n{outside}\ndef handler(event, context):\n    {inside}"
    version = functions.function(source)

    result = await functions.run(version)
    error = json.loads(result.payload)

    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].partition(" Error: ")[2] == reason
    assert error["errorMessage"].startswith("RequestId: ")
    assert f"Error: {reason}\nRuntime.ExitError\n" in result.log_tail.decode()


async def test_a_function_runs_out_of_time(functions: Functions) -> None:
    version = functions.function(FORKS_AND_SLEEPS, timeout=1)

    result = await functions.run(version)
    error = json.loads(result.payload)
    log = result.log_tail.decode()

    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith(" Error: Task timed out after 1.00 seconds")
    assert " Task timed out after 1.00 seconds\n\nEND RequestId: " in log
    assert "\tDuration: 1000.00 ms\t" in log
    assert "\tStatus: timeout\t" in log


async def test_the_next_invocation_after_a_time_out_gets_a_new_environment(
    functions: Functions,
) -> None:
    version = functions.function(
        """
        import time
        fresh = True
        def handler(event, context):
            global fresh
            was, fresh = fresh, False
            if event == "sleep":
                time.sleep(60)
            return was
        """,
        timeout=1,
    )
    assert (await functions.run(version)).payload == b"true"
    assert (await functions.run(version, "sleep")).function_error == "Unhandled"
    assert (await functions.run(version)).payload == b"true"


async def test_an_init_that_does_not_end_is_ended_by_the_functions_own_time_out(
    functions: Functions,
) -> None:
    """
    The limit of ten seconds ends the first try; the second has the function's time-out.
    """
    version = functions.function("import time\ntime.sleep(60)", timeout=1)
    started = time.monotonic()

    result = await functions.run(version)

    assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"
    assert time.monotonic() - started > 10
    assert "Phase: init\tStatus: timeout" in result.log_tail.decode()


async def test_an_event_that_is_not_json(functions: Functions) -> None:
    version = functions.function("def handler(event, context): return 1")

    result = await functions.run(version, b"{not json")

    assert json.loads(result.payload)["errorType"] == "Runtime.UnmarshalError"


async def test_a_function_that_speaks_out_of_turn_only_ends_itself(functions: Functions) -> None:
    version = functions.function(
        """
        import os
        def handler(event, context):
            os.write(3, b"\\xff" * 4096)
            os.close(3)
            while True:
                pass
        """
    )
    result = await functions.run(version)

    assert json.loads(result.payload)["errorType"] == "Runtime.ExitError"
    assert await functions.answer("def handler(event, context): return 1") == 1


async def test_a_flood_of_output_is_kept_in_bounds(functions: Functions) -> None:
    """
    A function may write faster than logs are stored; it waits, and the server's memory is safe.
    """
    version = functions.function(
        """
        def handler(event, context):
            line = "x" * 1023
            for _ in range(20 * 1024):
                print(line)
            return "written"
        """,
        timeout=30,
    )
    result = await functions.run(version)

    assert result.payload == b'"written"'
    assert len(result.log_tail) == 4096


async def test_a_runtime_that_is_not_installed_says_what_to_install(functions: Functions) -> None:
    version = functions.function("", runtime="dotnet8")

    with pytest.raises(Exception, match=r"The runtime dotnet8 is not available\. .*provided"):
        await functions.run(version)


async def test_a_version_that_is_not_installed_runs_on_the_nearest(functions: Functions) -> None:
    version = functions.function("def handler(event, context): return 1", runtime="python3.99")

    assert (await functions.run(version)).payload == b"1"


@pytest.fixture(params=["namespaces", "process"])
def stalled(
    request: pytest.FixtureRequest, runner: asyncio.Runner, tmp_path: Path
) -> Iterator[Functions]:
    """A server that does nothing else for a while once it has told a function what it is for."""

    async def credentials_before_a_stall(version: FunctionVersion) -> Mapping[str, str]:
        # When they come all else is there. Who waits for them is woken first.
        await asyncio.sleep(0.3)
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: time.sleep(0.3))
        return await credentials(version)

    yield from started(runner, tmp_path, request.param, credentials=credentials_before_a_stall)


@pytest.mark.parametrize(
    ("runtime", "file", "source"),
    [
        ("python3.11", "app.py", "import not_there"),
        ("nodejs20.x", "app.js", "require('not-there')"),
    ],
)
async def test_what_a_function_said_before_it_ended_is_heard(
    stalled: Functions, runtime: str, file: str, source: str
) -> None:
    error = await failure(stalled, source, runtime=runtime, file=file)

    assert error["errorType"] == "Runtime.ImportModuleError"
