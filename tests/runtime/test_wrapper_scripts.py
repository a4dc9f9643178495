"""Scripts of the function's own that start the runtime: AWS_LAMBDA_EXEC_WRAPPER."""

import json
from typing import Any

import pytest

from lambent.runtime.api import FunctionVersion
from tests.runtime.conftest import Functions

PYTHON = """
    import os, sys
    def handler(event, context):
        flags = {"dev": sys.flags.dev_mode, "seen": os.environ.get("SEEN"), "path": sys.path}
        return {**flags, "handler": os.environ["_HANDLER"], "id": context.aws_request_id}
    def other(event, context):
        return "another handler"
"""
NODE = """
    exports.handler = async () => ({
      arguments: process.execArgv, seen: process.env.SEEN, handler: process.env._HANDLER,
    });
    exports.other = async () => 'another handler';
"""
# As AWS documents it: the last argument is the runtime's script, what is before it the interpreter.
INSERT = """
    #!/bin/bash
    args=("$@")
    export SEEN=yes
    exec "${args[@]:0:$#-1}" %s "${args[@]: -1}"
"""
OTHER_HANDLER = """
    #!/bin/sh
    export _HANDLER=app.other
    exec "$@"
"""


def wrapped(
    functions: Functions, script: str, language: str = "python", **more: Any
) -> FunctionVersion:
    """A function whose layer brings the script."""
    layer = functions.layer({"wrapper": script})
    node = {"file": "app.js", "runtime": "nodejs20.x"} if language == "nodejs" else {}
    return functions.function(
        NODE if language == "nodejs" else PYTHON,
        environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"},
        layers=(layer,),
        **node,
        **more,
    )


async def test_a_script_gives_the_interpreter_of_python_further_options(
    functions: Functions,
) -> None:
    version = wrapped(functions, INSERT % "-X dev")
    first = await functions.run(version)
    answer = json.loads(first.payload)

    assert first.function_error is None, first.payload
    assert (answer["dev"], answer["seen"], answer["handler"]) == (True, "yes", "app.handler")
    assert answer["path"][0] != ""
    assert not any(path.endswith("bootstraps/python") for path in answer["path"])
    assert first.init_duration_ms is not None
    second = await functions.run(version)
    assert json.loads(second.payload)["id"] != answer["id"]
    assert second.init_duration_ms is None


async def test_a_script_gives_nodejs_further_options(functions: Functions) -> None:
    version = wrapped(functions, INSERT % "--expose-gc", "nodejs")
    answer = json.loads((await functions.run(version)).payload)
    assert answer == {"arguments": ["--expose-gc"], "seen": "yes", "handler": "app.handler"}


@pytest.mark.parametrize("language", ["python", "nodejs"])
async def test_a_script_may_put_a_handler_in_front(functions: Functions, language: str) -> None:
    version = wrapped(functions, OTHER_HANDLER, language)
    assert json.loads((await functions.run(version)).payload) == "another handler"


async def test_a_script_that_is_not_there_is_said_in_the_log(functions: Functions) -> None:
    version = functions.function(PYTHON, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/nothing"})
    result = await functions.run(version)
    assert json.loads(result.payload)["errorType"] == "Runtime.ExitError"
    assert "exit status 127" in json.loads(result.payload)["errorMessage"]
    assert b"/opt/nothing: does not exist\n" in result.log_tail


async def test_a_script_that_starts_no_runtime_ends_the_environment(functions: Functions) -> None:
    result = await functions.run(wrapped(functions, "#!/bin/sh\necho nothing here\nexit 3\n"))
    assert "exit status 3" in json.loads(result.payload)["errorMessage"]
    assert b"nothing here\n" in result.log_tail


async def test_custom_runtimes_have_no_wrapper_scripts(contained: Functions) -> None:
    """
    AWS: not in the `provided` family.
    """
    source = """
        #!/bin/sh
        echo "the bootstrap itself, $AWS_LAMBDA_EXEC_WRAPPER"
        exit 4
    """
    version = contained.function(
        source,
        file="bootstrap",
        runtime="provided.al2023",
        environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"},
    )
    result = await contained.run(version)
    assert b"the bootstrap itself, /opt/wrapper\n" in result.log_tail


async def test_a_function_with_a_script_is_not_restored_from_a_snapshot(
    contained: Functions,
) -> None:
    version = wrapped(contained, INSERT % "-X dev", snap_start=True)
    result = await contained.run(version)
    assert json.loads(result.payload)["dev"] is True
    assert result.restore_duration_ms is None
