"""Answers that come in parts."""

import asyncio
import json

from lambent.runtime.api import FunctionVersion
from tests.runtime.conftest import Functions, invocation
from tests.runtime.test_custom_runtimes import CLIENT, custom

STREAMS = """
    exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
      stream.setContentType("text/plain");
      for (let n = 0; n < event; n++) {
        stream.write(`part ${n};`);
        await new Promise((done) => setTimeout(done, 30));
      }
      stream.end();
    });
"""


def node(functions: Functions, source: str, **configured: object) -> FunctionVersion:
    return functions.function(source, file="app.js", runtime="nodejs20.x", **configured)


async def test_parts_arrive_while_the_function_runs(functions: Functions) -> None:
    waits = """
        const fs = require("fs");
        exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
          stream.setContentType("text/plain");
          stream.write("part 0;");
          while (!fs.existsSync(`${__dirname}/heard`))
            await new Promise((done) => setTimeout(done, 5));
          stream.write("part 1;");
          stream.end();
        });
    """
    version = node(functions, waits, timeout=30)
    stream = await functions.runtime.invoke_streaming(version, invocation(b"null"))
    assert await anext(aiter(stream)) == b"part 0;"
    (version.code / "heard").touch()
    rest = [part async for part in stream]
    result = await stream.result()

    assert b"".join(rest) == b"part 1;"
    assert stream.content_type == "text/plain"
    assert result.function_error is None
    assert result.payload == b""
    assert b"REPORT RequestId" in result.log_tail


async def test_a_function_that_streams_can_be_invoked_for_one_answer(functions: Functions) -> None:
    result = await functions.run(node(functions, STREAMS), 2)

    assert result.payload == b"part 0;part 1;"


async def test_a_function_that_does_not_stream_is_one_part(functions: Functions) -> None:
    version = functions.function("def handler(event, context): return event")
    stream = await functions.runtime.invoke_streaming(version, invocation(b'{"a":1}'))

    assert [part async for part in stream] == [b'{"a": 1}']
    assert stream.content_type == "application/json"
    assert (await stream.result()).payload == b'{"a": 1}'


async def test_status_and_headers_come_before_the_body(functions: Functions) -> None:
    """
    AWS: they are JSON in front of the body, with eight zero bytes after it.
    """
    version = node(
        functions,
        """
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          const metadata = { statusCode: 201, headers: { "X-Own": "1" } };
          stream = awslambda.HttpResponseStream.from(stream, metadata);
          stream.write("body");
          stream.end();
        });
        """,
    )
    stream = await functions.runtime.invoke_streaming(version, invocation(b"{}"))
    head, body = b"".join([part async for part in stream]).split(b"\0" * 8)

    assert stream.content_type == "application/vnd.awslambda.http-integration-response"
    assert json.loads(head) == {"statusCode": 201, "headers": {"X-Own": "1"}}
    assert body == b"body"


async def test_an_error_after_the_first_part_ends_the_stream(functions: Functions) -> None:
    version = node(
        functions,
        """
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          stream.write("first");
          await new Promise((done) => setTimeout(done, 30));
          throw new TypeError("too late");
        });
        """,
    )
    stream = await functions.runtime.invoke_streaming(version, invocation(b"{}"))
    parts = [part async for part in stream]
    result = await stream.result()

    assert parts == [b"first"]
    assert result.function_error == "Unhandled"
    assert json.loads(result.payload)["errorType"] == "TypeError"


async def test_a_slow_reader_makes_the_function_wait(functions: Functions) -> None:
    version = node(
        functions,
        """
        const { pipeline } = require("stream/promises");
        const { Readable } = require("stream");
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          const piece = Buffer.alloc(1 << 16, "x");
          const source = Readable.from((function* () { for (let n = 0; n < 320; n++) yield piece; })());
          await pipeline(source, stream);
        });
        """,  # noqa: E501
        timeout=30,
    )
    stream = await functions.runtime.invoke_streaming(version, invocation(b"{}"))
    length = 0
    async for part in stream:
        length += len(part)
        await asyncio.sleep(0)

    assert length == 320 << 16
    assert (await stream.result()).function_error is None


async def test_a_reader_that_leaves_does_not_stop_the_function(functions: Functions) -> None:
    version = node(functions, STREAMS)
    stream = await functions.runtime.invoke_streaming(version, invocation(b"3"))
    stream.close()

    assert (await stream.result()).function_error is None
    assert (await functions.run(version, 1)).payload == b"part 0;"


async def test_a_time_out_ends_a_stream(functions: Functions) -> None:
    version = node(functions, STREAMS, timeout=1)
    stream = await functions.runtime.invoke_streaming(version, invocation(b"1000"))
    parts = [part async for part in stream]
    result = await stream.result()

    assert parts[0].startswith(b"part 0;")
    assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"


async def test_a_custom_runtime_streams_in_chunks(functions: Functions) -> None:
    source = (
        CLIENT
        + """
    import base64, socket
    def stream(request_id, parts, trailers=""):
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
        connection = socket.create_connection((host, int(port)))
        connection.sendall((
            f"POST /2018-06-01/runtime/invocation/{request_id}/response HTTP/1.1\\r\\n"
            "Host: x\\r\\nTransfer-Encoding: chunked\\r\\nContent-Type: text/csv\\r\\n"
            "Lambda-Runtime-Function-Response-Mode: streaming\\r\\n"
            "Trailer: Lambda-Runtime-Function-Error-Type\\r\\n\\r\\n").encode())
        for part in parts:
            connection.sendall(b"%x\\r\\n%s\\r\\n" % (len(part), part))
            time.sleep(0.02)
        connection.sendall(b"0\\r\\n" + trailers.encode() + b"\\r\\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 202")
    while True:
        _, headers, event = ask("GET", "invocation/next")
        trailers = ""
        if json.loads(event) == "fail":
            error = base64.b64encode(b'{"errorType": "Own", "errorMessage": "no"}').decode()
            trailers = ("Lambda-Runtime-Function-Error-Type: Own\\r\\n"
                        f"Lambda-Runtime-Function-Error-Body: {error}\\r\\n")
        stream(headers["Lambda-Runtime-Aws-Request-Id"], [b"a,", b"b"], trailers)
    """
    )
    version = custom(functions, source)
    well = await functions.runtime.invoke_streaming(version, invocation(b'"well"'))
    parts = [part async for part in well]
    badly = await functions.runtime.invoke_streaming(version, invocation(b'"fail"'))
    async for _ in badly:
        pass

    assert parts == [b"a,", b"b"]
    assert well.content_type == "text/csv"
    assert (await well.result()).function_error is None
    assert json.loads((await badly.result()).payload)["errorType"] == "Own"


async def test_a_failure_before_the_first_part_has_no_parts(functions: Functions) -> None:
    version = functions.function("def handler(event, context): raise ValueError('no')")
    stream = await functions.runtime.invoke_streaming(version, invocation(b"{}"))

    assert stream.content_type is None
    assert [part async for part in stream] == []
    assert (await stream.result()).function_error == "Unhandled"
