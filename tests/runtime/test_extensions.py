"""Extensions: processes beside the function, and threads within it."""

import json
from typing import Any

from lambent.runtime.api import InvocationResult
from tests.runtime.conftest import Functions
from tests.runtime.test_custom_runtimes import ECHO, PYTHON, custom
from tests.runtime.test_environments import until

EXTENSION = f"""
    #!{PYTHON} -Su
    import http.client, json, os, sys, threading, time
    NAME = os.path.basename(sys.argv[0])
    ADDRESS = os.environ["AWS_LAMBDA_RUNTIME_API"]
    api = http.client.HTTPConnection(ADDRESS)
    identifier = {{}}
    def ask(method, path, body=None, headers={{}}):
        api.request(method, path, body, {{**identifier, **headers}})
        response = api.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    def register(*events):
        status, headers, body = ask("POST", "/2020-01-01/extension/register",
            json.dumps({{"events": events}}), {{"Lambda-Extension-Name": NAME}})
        if status == 200:
            identifier["Lambda-Extension-Identifier"] = headers["Lambda-Extension-Identifier"]
        return status, body
    def next_event():
        return json.loads(ask("GET", "/2020-01-01/extension/event/next")[2])
"""
REPORTS = (
    EXTENSION
    + """
    print("registered", *register("INVOKE", "SHUTDOWN"))
    while True:
        event = next_event()
        print("event", json.dumps(event))
        if event["eventType"] == "SHUTDOWN":
            print("goodbye")
            sys.exit(0)
"""
)
HANDLER = "def handler(event, context):\n    print('handled')\n    return event\n"


def logged(functions: Functions, result: InvocationResult | None = None) -> list[str]:
    return [message for batch in functions.shipped for _, message in batch.events]


def events(functions: Functions) -> list[dict[str, Any]]:
    lines = [line for line in logged(functions) if line.startswith("event ")]
    return [json.loads(line.removeprefix("event ")) for line in lines]


async def test_an_extension_hears_of_each_invocation_and_of_the_end(functions: Functions) -> None:
    functions.shipped.clear()
    version = functions.function(HANDLER, layers=(functions.layer({"extensions/own": REPORTS}),))
    first = await functions.run(version, 1, trace_header="Root=1-2-3")
    second = await functions.run(version, 2)
    await functions.runtime.retire(version.key)
    await until(lambda: "goodbye\n" in logged(functions))

    assert [first.payload, second.payload] == [b"1", b"2"]
    kinds = [event["eventType"] for event in events(functions)]
    assert kinds == ["INVOKE", "INVOKE", "SHUTDOWN"]
    invoke, shutdown = events(functions)[0], events(functions)[-1]
    assert invoke["requestId"] in first.log_tail.decode()
    assert invoke["invokedFunctionArn"] == version.arn
    assert invoke["tracing"] == {"type": "X-Amzn-Trace-Id", "value": "Root=1-2-3"}
    assert shutdown["shutdownReason"] == "spindown"
    assert shutdown["deadlineMs"] > 0
    assert "EXTENSION\tName: own\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n" in logged(functions)
    [registered] = [line for line in logged(functions) if line.startswith("registered")]
    assert json.loads(registered.removeprefix("registered 200 ")) == {
        "functionName": "tested",
        "functionVersion": "$LATEST",
        "handler": "app.handler",
    }


async def test_extensions_serve_custom_runtimes_too(functions: Functions) -> None:
    functions.shipped.clear()
    layer = functions.layer({"extensions/first": REPORTS, "extensions/second": REPORTS})
    version = custom(functions, ECHO, layers=(layer,))
    result = await functions.run(version, 1)
    await functions.runtime.retire(version.key)
    await until(lambda: logged(functions).count("goodbye\n") == 2)

    assert json.loads(result.payload)["event"] == 1


async def test_a_time_out_is_told_and_the_function_does_not_run_on(functions: Functions) -> None:
    functions.shipped.clear()
    version = functions.function(
        "import time\ndef handler(event, context): time.sleep(60)",
        layers=(functions.layer({"extensions/own": REPORTS}),),
        timeout=1,
    )
    result = await functions.run(version)
    await until(lambda: "goodbye\n" in logged(functions))

    assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"
    assert events(functions)[-1]["shutdownReason"] == "timeout"


async def test_a_runtime_that_ends_is_a_failure(functions: Functions) -> None:
    functions.shipped.clear()
    version = functions.function(
        "import os\ndef handler(event, context): os._exit(3)",
        layers=(functions.layer({"extensions/own": REPORTS}),),
    )
    result = await functions.run(version)
    await until(lambda: "goodbye\n" in logged(functions))

    assert json.loads(result.payload)["errorMessage"].endswith("exit status 3")
    assert events(functions)[-1]["shutdownReason"] == "failure"


async def test_the_answer_does_not_wait_for_extensions_but_the_next_invocation_does(
    functions: Functions,
) -> None:
    slow = (
        EXTENSION
        + """
    register("INVOKE")
    while True:
        next_event()
        time.sleep(0.4)
    """
    )
    version = functions.function(
        "import os\ndef handler(event, context): return os.environ['AWS_LAMBDA_LOG_STREAM_NAME']",
        layers=(functions.layer({"extensions/slow": slow}),),
    )
    first = await functions.run(version)
    [environment] = [each for each in functions.runtime.environments() if each.key == version.key]
    assert environment.phase == "settling"
    assert first.duration_ms < 300

    second = await functions.run(version)
    assert first.payload != second.payload


RUNS_ON = (
    EXTENSION
    + """
    register("INVOKE")
    while True:
        next_event()
        time.sleep(float(os.environ["SECONDS"]))
"""
)


def report_of(functions: Functions, result: InvocationResult) -> str | None:
    request_id = result.log_tail.decode().partition("START RequestId: ")[2].split()[0]
    lines = [
        line for line in logged(functions) if line.startswith(f"REPORT RequestId: {request_id}")
    ]
    return lines[0] if lines else None


async def test_the_report_waits_for_extensions_that_run_on(functions: Functions) -> None:
    functions.shipped.clear()
    layer = functions.layer({"extensions/runs-on": RUNS_ON})
    version = functions.function(HANDLER, layers=(layer,), environment={"SECONDS": "1"})
    result = await functions.run(version, 1)
    assert result.runs_on_ms is not None
    assert b"END RequestId" in result.log_tail
    assert b"REPORT" not in result.log_tail

    runs_on = await result.runs_on_ms
    await until(lambda: report_of(functions, result) is not None)
    assert runs_on >= 250
    report = report_of(functions, result) or ""
    told = float(report.partition("\tDuration: ")[2].partition(" ms")[0])
    assert told >= result.duration_ms + 250


async def test_extensions_have_the_time_of_the_function_at_most(functions: Functions) -> None:
    functions.shipped.clear()
    layer = functions.layer({"extensions/runs-on": RUNS_ON})
    version = functions.function(HANDLER, layers=(layer,), environment={"SECONDS": "60"}, timeout=1)
    result = await functions.run(version, 1)
    await until(lambda: report_of(functions, result) is not None)

    report = report_of(functions, result) or ""
    assert result.function_error is None
    assert "\tDuration: 1000.00 ms\t" in report
    assert "\tStatus: timeout\t" in report
    assert any("Task timed out after 1.00 seconds" in line for line in logged(functions))


async def test_without_extensions_the_report_comes_with_the_answer(functions: Functions) -> None:
    result = await functions.run(functions.function(HANDLER), 1)

    assert result.runs_on_ms is None
    assert b"REPORT RequestId" in result.log_tail


async def test_an_extension_that_ends_takes_the_environment_with_it(functions: Functions) -> None:
    crashes = (
        EXTENSION
        + """
    register("INVOKE")
    next_event()
    sys.exit(4)
    """
    )
    version = functions.function(
        "import time\ndef handler(event, context): time.sleep(1)",
        layers=(functions.layer({"extensions/crashes": crashes}),),
    )
    error = json.loads((await functions.run(version)).payload)

    assert error["errorType"] == "Extension.Crash"
    assert error["errorMessage"].endswith("Error: exit status 4")


async def test_an_extension_can_refuse_to_start(functions: Functions) -> None:
    refuses = (
        EXTENSION
        + """
    register()
    print(ask("POST", "/2020-01-01/extension/init/error", "{}",
              {"Lambda-Extension-Function-Error-Type": "Extension.NoLicence"})[0])
    sys.exit(1)
    """
    )
    version = functions.function(
        HANDLER, layers=(functions.layer({"extensions/refuses": refuses}),)
    )
    error = json.loads((await functions.run(version)).payload)

    assert error["errorType"] in ("Extension.InitError", "Extension.Crash")
    assert "RequestId: " in error["errorMessage"]


async def test_an_executable_that_never_registers_is_an_error(functions: Functions) -> None:
    version = functions.function(
        HANDLER, layers=(functions.layer({"extensions/broken": "no program"}),)
    )
    error = json.loads((await functions.run(version)).payload)

    assert error["errorType"] == "Extension.Crash"


async def test_a_function_can_register_an_extension_of_its_own(functions: Functions) -> None:
    version = functions.function(
        """
        import http.client, json, os, threading
        seen = []
        api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        def register(events):
            headers = {"Lambda-Extension-Name": "inner"}
            body = json.dumps({"events": events})
            api.request("POST", "/2020-01-01/extension/register", body, headers)
            response = api.getresponse()
            response.read()
            return response.status, response.getheader("Lambda-Extension-Identifier")
        refused = register(["SHUTDOWN"])[0]
        identifier = register(["INVOKE"])[1]
        def listen():
            while True:
                headers = {"Lambda-Extension-Identifier": identifier}
                api.request("GET", "/2020-01-01/extension/event/next", headers=headers)
                seen.append(json.loads(api.getresponse().read())["eventType"])
        threading.Thread(target=listen, daemon=True).start()
        def handler(event, context):
            return [refused, seen]
        """
    )
    await functions.run(version)
    refused, seen = json.loads((await functions.run(version)).payload)

    assert refused == 400
    assert seen[0] == "INVOKE"


TELLS = (
    EXTENSION
    + """
    import http.server
    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            for event in json.loads(body):
                if event["type"] != "extension":
                    print("told", json.dumps(event))
        def log_message(self, *words): pass
    server = http.server.HTTPServer(("0.0.0.0", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    register("INVOKE", "SHUTDOWN")
    wanted = {
        "schemaVersion": "2022-12-13",
        "destination": {"protocol": "HTTP",
                        "URI": f"http://sandbox.localdomain:{server.server_port}"},
        "types": ["platform", "function"],
        "buffering": {"timeoutMs": 25, "maxBytes": 262144, "maxItems": 1000},
    }
    print("subscribed", *ask("PUT", "/2022-07-01/telemetry", json.dumps(wanted))[0::2])
    while True:
        if next_event()["eventType"] == "SHUTDOWN":
            time.sleep(0.2)
            sys.exit(0)
"""
)


async def test_subscribers_are_told_what_happens(functions: Functions) -> None:
    functions.shipped.clear()
    version = functions.function(HANDLER, layers=(functions.layer({"extensions/tells": TELLS}),))

    def told() -> list[dict[str, Any]]:
        lines = [line for line in logged(functions) if line.startswith("told ")]
        return [json.loads(line.removeprefix("told ")) for line in lines]

    result = await functions.run(version, 1)
    await until(lambda: any(each["type"] == "platform.report" for each in told()))

    assert "subscribed 200 OK\n" in logged(functions)
    kinds = [each["type"] for each in told()]
    assert kinds[0] == "platform.initStart"
    for kind in (
        "platform.telemetrySubscription",
        "platform.extension",
        "platform.initRuntimeDone",
        "platform.initReport",
        "platform.start",
        "function",
        "platform.runtimeDone",
    ):
        assert kind in kinds
    by_kind = {each["type"]: each["record"] for each in told()}
    assert by_kind["function"] == "handled\n"
    assert by_kind["platform.start"]["version"] == "$LATEST"
    report = by_kind["platform.report"]
    assert report["status"] == "success"
    assert report["metrics"]["billedDurationMs"] >= result.billed_duration_ms
    [span] = report["spans"]
    assert span["name"] == "extensionOverhead"
    assert report["metrics"]["durationMs"] >= result.duration_ms + span["durationMs"] - 0.01
    assert report["requestId"] in result.log_tail.decode()
