"""Runtimes that functions bring: executables that ask the Runtime API for work."""

import asyncio
import fcntl
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lambent.runtime.api import FunctionVersion
from lambent.runtime.sandbox.file_system import own_interpreter
from tests.runtime.conftest import Functions
from tests.runtime.node_client import find_client

PYTHON = own_interpreter()[0]
CLIENT = f"""
    #!{PYTHON} -Su
    import http.client, json, os, sys, time
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    def ask(method, path, body=None, headers={{}}):
        api.request(method, "/2018-06-01/runtime/" + path, body, headers)
        response = api.getresponse()
        return response.status, dict(response.getheaders()), response.read()
"""
ECHO = (
    CLIENT
    + """
    while True:
        _, headers, event = ask("GET", "invocation/next")
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        seen = {"event": json.loads(event), "headers": headers, "environment": dict(os.environ)}
        print("answering")
        ask("POST", f"invocation/{request_id}/response", json.dumps(seen))
"""
)


def custom(functions: Functions, source: str, **configured: object) -> FunctionVersion:
    chosen = {"runtime": "provided.al2023", "handler": "any", **configured}
    return functions.function(source, file="bootstrap", **chosen)


async def test_a_bootstrap_answers_one_invocation_after_another(functions: Functions) -> None:
    version = custom(functions, ECHO)
    first = await functions.run(version, {"n": 1}, trace_header="Root=1-2-3;Parent=4;Sampled=1")
    second = await functions.run(version, {"n": 2}, client_context='{"custom": {}}')
    seen = json.loads(first.payload)

    assert first.function_error is None
    assert seen["event"] == {"n": 1}
    assert seen["headers"]["Lambda-Runtime-Trace-Id"] == "Root=1-2-3;Parent=4;Sampled=1"
    assert seen["headers"]["Lambda-Runtime-Invoked-Function-Arn"].startswith("arn:aws:lambda:")
    assert int(seen["headers"]["Lambda-Runtime-Deadline-Ms"]) > 0
    assert seen["environment"]["_HANDLER"] == "any"
    assert "AWS_EXECUTION_ENV" not in seen["environment"]
    assert first.init_duration_ms is not None
    assert b"answering\nEND RequestId" in first.log_tail
    headers = json.loads(second.payload)["headers"]
    assert headers["Lambda-Runtime-Client-Context"] == '{"custom": {}}'
    assert second.init_duration_ms is None


async def test_a_compiled_bootstrap_needs_nothing_of_the_machine(functions: Functions) -> None:
    """
    What Go and Rust build looks like this: one static executable.
    """
    compiler = shutil.which("gcc")
    version = custom(functions, SHELL)
    if compiler is not None:
        source = version.code / "bootstrap.c"
        source.write_text(STATIC)
        target = version.code / "bootstrap"
        subprocess.run([compiler, "-static", "-o", target, source], check=True)
    result = await functions.run(version, {"hello": "world"})

    assert json.loads(result.payload) == {"hello": "world"}


SHELL = """
    #!/bin/bash
    while true; do
      exec 4<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}"
      printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&4
      while IFS=$'\\r' read -r line <&4 && [ -n "$line" ]; do
        case "$line" in
          Lambda-Runtime-Aws-Request-Id*) id=${line#*: } ;;
          Content-Length*) length=${line#*: } ;;
        esac
      done
      read -r -N "$length" event <&4
      printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\\r\\n' "$id" >&4
      printf 'Content-Length: %s\\r\\n\\r\\n%s' "$length" "$event" >&4
      read -r line <&4
      exec 4>&-
    done
"""
STATIC = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static char buffer[1 << 20];

static char *receive(int fd) {
  size_t have = 0;
  for (;;) {
    ssize_t got = read(fd, buffer + have, sizeof buffer - have - 1);
    if (got <= 0) exit(3);
    buffer[have += got] = 0;
    char *end = strstr(buffer, "\r\n\r\n");
    char *length = strcasestr(buffer, "content-length:");
    if (end && length && have >= (size_t)(end - buffer) + 4 + atoi(length + 15)) return end + 4;
  }
}

int main(void) {
  char *host = strdup(getenv("AWS_LAMBDA_RUNTIME_API")), *port = strchr(host, ':');
  *port++ = 0;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  inet_pton(AF_INET, host, &to.sin_addr);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&to, sizeof to)) return 2;
  for (;;) {
    dprintf(fd, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", host);
    char *body = receive(fd), id[64] = "";
    sscanf(strcasestr(buffer, "lambda-runtime-aws-request-id:") + 30, " %63s", id);
    char *event = strdup(body);
    dprintf(fd, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\n"
                "Content-Length: %zu\r\n\r\n%s", id, strlen(event), event);
    receive(fd);
    free(event);
  }
}
""".replace("#include <arpa", "#define _GNU_SOURCE\n#include <arpa", 1)


async def test_an_error_of_the_handler_is_what_the_runtime_says(functions: Functions) -> None:
    source = (
        CLIENT
        + """
    _, headers, event = ask("GET", "invocation/next")
    error = {"errorType": "Own.Kind", "errorMessage": "no", "stackTrace": ["there"]}
    path = "invocation/" + headers["Lambda-Runtime-Aws-Request-Id"] + "/error"
    ask("POST", path, json.dumps(error), {"Lambda-Runtime-Function-Error-Type": "Own.Kind"})
    ask("GET", "invocation/next")
    """
    )
    result = await functions.run(custom(functions, source))

    assert result.function_error == "Unhandled"
    assert json.loads(result.payload) == {
        "errorType": "Own.Kind",
        "errorMessage": "no",
        "stackTrace": ["there"],
    }


async def test_an_error_of_the_init_phase_is_the_answer(functions: Functions) -> None:
    source = (
        CLIENT
        + """
    error = {"errorType": "Runtime.NoSuchHandler", "errorMessage": "handler 'any' is not there"}
    ask("POST", "init/error", json.dumps(error))
    sys.exit(1)
    """
    )
    result = await functions.run(custom(functions, source))

    assert json.loads(result.payload)["errorType"] == "Runtime.NoSuchHandler"
    assert b"INIT_REPORT" in result.log_tail
    assert b"Error Type: Runtime.NoSuchHandler" in result.log_tail


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("#!/bin/sh\nexit 0\n", "Runtime exited without providing a reason"),
        ("#!/bin/sh\nexit 7\n", "Runtime exited with error: exit status 7"),
        ("#!/bin/sh\nkill -9 $$\n", "Runtime exited with error: signal: killed"),
    ],
)
async def test_a_bootstrap_that_ends_says_how(
    functions: Functions, source: str, words: str
) -> None:
    result = await functions.run(custom(functions, source))
    error = json.loads(result.payload)

    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].startswith("RequestId: ")
    assert error["errorMessage"].endswith(f"Error: {words}")


async def test_a_bootstrap_that_cannot_be_executed_is_an_invalid_entry_point(
    functions: Functions,
) -> None:
    missing = functions.function("", file="other", runtime="provided.al2023")
    not_executable = custom(functions, "#!/bin/sh\n")
    (not_executable.code / "bootstrap").chmod(0o644)
    not_a_program = custom(functions, "no program")
    results = [await functions.run(each) for each in (missing, not_executable, not_a_program)]
    errors = [json.loads(result.payload) for result in results]

    assert {error["errorType"] for error in errors} == {"Runtime.InvalidEntrypoint"}
    assert "Error: Couldn't find valid bootstrap(s): [" in errors[0]["errorMessage"]
    assert errors[1]["errorMessage"].endswith("/bootstrap: permission denied")
    assert errors[2]["errorMessage"].endswith("/bootstrap: exec format error")


async def test_a_bootstrap_can_come_from_a_layer(functions: Functions) -> None:
    layer = functions.layer({"bootstrap": ECHO})
    version = functions.function("", file="readme", runtime="provided.al2", layers=(layer,))
    result = await functions.run(version, [1])

    assert json.loads(result.payload)["event"] == [1]


async def test_what_is_out_of_turn_is_refused(functions: Functions) -> None:
    source = (
        CLIENT
        + """
    _, headers, event = ask("GET", "invocation/next")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    seen = [
        ask("GET", "invocation/next")[0::2],
        ask("POST", "invocation/other/response", "1")[0::2],
        ask("POST", "init/error", "{}")[0::2],
        ask("GET", "nothing")[0::2],
    ]
    print(ask("POST", f"invocation/{request_id}/response",
              json.dumps([[status, body.decode()] for status, body in seen]))[0])
    ask("GET", "invocation/next")
    """
    )
    result = await functions.run(custom(functions, source))
    seen = json.loads(result.payload)

    assert [status for status, _ in seen] == [403, 400, 403, 404]
    assert json.loads(seen[0][1])["errorType"] == "InvalidStateTransition"
    assert json.loads(seen[1][1])["errorType"] == "InvalidRequestID"
    assert b"202\n" in result.log_tail or b"202" not in result.log_tail


async def test_an_answer_that_is_too_large_fails_the_invocation(functions: Functions) -> None:
    source = (
        CLIENT
        + """
    while True:
        _, headers, event = ask("GET", "invocation/next")
        path = "invocation/" + headers["Lambda-Runtime-Aws-Request-Id"] + "/response"
        print(ask("POST", path, b"1" * json.loads(event))[0])
    """
    )
    version = custom(functions, source)
    small, large = await functions.run(version, 1000), await functions.run(version, 6_291_557)

    assert len(small.payload) == 1000
    assert json.loads(large.payload)["errorType"] == "Function.ResponseSizeTooLarge"
    assert (await functions.run(version, 10)).function_error is None


async def test_a_bootstrap_that_takes_too_long_is_ended(functions: Functions) -> None:
    source = CLIENT + '\n    ask("GET", "invocation/next")\n    time.sleep(60)\n'
    result = await functions.run(custom(functions, source, timeout=1))

    assert json.loads(result.payload)["errorMessage"].endswith("Task timed out after 1.00 seconds")


async def test_one_function_cannot_speak_for_another(functions: Functions) -> None:
    """
    Where functions share the machine's network, the door of another is shut.
    """
    victim = custom(functions, ECHO)
    address = json.loads((await functions.run(victim)).payload)["environment"][
        "AWS_LAMBDA_RUNTIME_API"
    ]
    source = """
        import http.client
        def handler(event, context):
            api = http.client.HTTPConnection(event, timeout=1)
            try:
                api.request("GET", "/2018-06-01/runtime/invocation/next")
                return api.getresponse().status
            except OSError as error:
                return type(error).__name__
    """
    seen = await functions.answer(source, address)

    assert seen in ("ConnectionResetError", "RemoteDisconnected")
    assert (await functions.run(victim)).function_error is None


async def test_one_bootstrap_runs_at_a_time_in_each_environment(functions: Functions) -> None:
    version = custom(functions, ECHO)
    results = await asyncio.gather(*(functions.run(version) for _ in range(3)))
    streams = [
        json.loads(result.payload)["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"]
        for result in results
    ]

    assert len(set(streams)) == 3


@pytest.fixture(scope="session")
def awslambdaric() -> Path:
    """A layer with AWS's own interface client, installed once."""
    folder = Path("build/awslambdaric")
    packages = folder / "python"
    folder.mkdir(parents=True, exist_ok=True)
    # Several workers may want it at once.
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (packages / "awslambdaric").is_dir():
            command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(packages)]
            subprocess.run([*command, "awslambdaric==4.2.2"], check=True)
    return folder.resolve()


async def test_awss_interface_client_for_python_runs_unmodified(
    functions: Functions, awslambdaric: Path
) -> None:
    version = custom(
        functions,
        f"""
        #!/bin/sh
        exec {PYTHON} -m awslambdaric app.handler
        """,
        layers=(awslambdaric,),
        environment={"PYTHONPATH": f"/opt/python:{awslambdaric}/python"},
    )
    (version.code / "app.py").write_text(
        "def handler(event, context):\n"
        "    if event == 'fail':\n"
        "        raise ValueError('as told')\n"
        "    print('seen', event)\n"
        "    return [event, context.function_name, context.aws_request_id]\n"
    )
    well = await functions.run(version, "well")
    badly = await functions.run(version, "fail")

    assert json.loads(well.payload)[:2] == ["well", "tested"]
    assert b"seen well" in well.log_tail
    assert json.loads(badly.payload)["errorType"] == "ValueError"
    assert json.loads(badly.payload)["errorMessage"] == "as told"


# AWS's client for Node.js compiles its native part when it is installed, which takes some
# minutes: `python -m tests.runtime.node_client` does it where there are the tools.
NODE_CLIENT = find_client()

if NODE_CLIENT is not None:

    async def test_awss_interface_client_for_nodejs_runs_unmodified(functions: Functions) -> None:
        assert NODE_CLIENT is not None
        contained = functions.runtime.capabilities.namespaces
        client = f"{'/opt' if contained else NODE_CLIENT}/node_modules/aws-lambda-ric"
        version = custom(
            functions,
            f"""
            #!/bin/sh
            exec {shutil.which("node")} {client}/bin/index.mjs app.handler
            """,
            layers=(NODE_CLIENT,),
            memory_size=512,
        )
        (version.code / "app.js").write_text(
            "exports.handler = async (event, context) => {\n"
            "  if (event === 'fail') throw new RangeError('as told');\n"
            "  console.log('seen', event);\n"
            "  return [event, context.functionName, context.awsRequestId];\n"
            "};\n"
        )
        well = await functions.run(version, "well")
        badly = await functions.run(version, "fail")

        assert json.loads(well.payload)[:2] == ["well", "tested"]
        assert b"seen well" in well.log_tail
        assert json.loads(badly.payload)["errorType"] == "RangeError"
        assert json.loads(badly.payload)["errorMessage"] == "as told"
