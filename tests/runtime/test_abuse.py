"""Functions that misuse what connects them with the server."""

import asyncio
import json
import os
import signal

import pytest

from tests.runtime.conftest import Functions
from tests.runtime.test_custom_runtimes import CLIENT, custom
from tests.runtime.test_environments import until


async def test_an_answer_for_another_invocation_is_refused(functions: Functions) -> None:
    """
    The Runtime API of one environment knows only the invocation that it was given.
    """
    source = (
        CLIENT
        + """
    while True:
        _, headers, event = ask("GET", "invocation/next")
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        other = "00000000-0000-0000-0000-000000000000"
        refused = [
            ask("POST", f"invocation/{other}/response", "1")[0],
            ask("POST", f"invocation/{other}/error", "1")[0],
            ask("POST", "invocation/../../response", "1")[0],
        ]
        ask("POST", f"invocation/{request_id}/response", json.dumps(refused))
        again = ask("POST", f"invocation/{request_id}/response", '"twice"')
    """
    )
    version = custom(functions, source)

    assert json.loads((await functions.run(version)).payload) == [400, 400, 404]
    assert json.loads((await functions.run(version)).payload) == [400, 400, 404]


async def test_the_door_of_another_environment_stays_shut(functions: Functions) -> None:
    """
    Two functions share a loopback; each knows where the other's Runtime API listens.
    """
    victim = custom(
        functions,
        CLIENT
        + """
    while True:
        _, headers, event = ask("GET", "invocation/next")
        if json.loads(event):
            time.sleep(1.5)
        where = [os.environ["AWS_LAMBDA_RUNTIME_API"], headers["Lambda-Runtime-Aws-Request-Id"]]
        ask("POST", f"invocation/{where[1]}/response", json.dumps(where))
    """,
    )
    attack = """
        import http.client
        def handler(event, context):
            answers = []
            for method, path in (("POST", event["response"]), ("GET", event["next"])):
                api = http.client.HTTPConnection(event["address"], timeout=1)
                try:
                    api.request(method, path, '"forged"')
                    answers.append(api.getresponse().status)
                except OSError as error:
                    answers.append("refused")
            return answers
    """
    address, request_id = json.loads((await functions.run(victim, False)).payload)
    busy = asyncio.ensure_future(functions.run(victim, True))
    asked = {
        "address": address,
        "response": f"/2018-06-01/runtime/invocation/{request_id}/response",
        "next": "/2018-06-01/runtime/invocation/next",
    }

    assert await functions.answer(attack, asked) == ["refused", "refused"]
    assert json.loads((await busy).payload)[0] == address


async def test_a_door_has_room_for_some_connections_and_no_more(functions: Functions) -> None:
    source = """
        import os, select, socket, time
        def handler(event, context):
            host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
            opened = [socket.create_connection((host, int(port)), 5) for _ in range(300)]
            poll = select.poll()
            for each in opened:
                poll.register(each, select.POLLIN)
            # Those that the server does not want are closed: they can be read, to their end.
            until = time.monotonic() + 5
            while len(poll.poll(0)) < 300 - event and time.monotonic() < until:
                time.sleep(0.01)
            return 300 - len(poll.poll(0))
    """
    assert await functions.answer(source, 128, timeout=30) <= 128


async def test_requests_sent_ahead_without_end_end_their_connection(functions: Functions) -> None:
    source = """
        import os, socket
        def handler(event, context):
            host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
            line = b"GET /2020-01-01/extension/event/next HTTP/1.1\\r\\nHost: x\\r\\n"
            ends = []
            for request in (line, line + b"\\r\\n"):
                with socket.create_connection((host, int(port)), 1) as flood:
                    try:
                        for _ in range(20_000):
                            flood.sendall(request * 64)
                        ends.append("heard")
                    except TimeoutError:
                        ends.append("held")
                    except OSError:
                        ends.append("ended")
            return ends
    """
    # A head that never ends is no HTTP; who reads no replies is not heard further.
    assert await functions.answer(source, timeout=30) == ["ended", "held"]


async def test_who_asks_ahead_and_gets_no_replies_is_cut_off(functions: Functions) -> None:
    source = """
        import http.client, os, socket
        address = os.environ["AWS_LAMBDA_RUNTIME_API"]
        api = http.client.HTTPConnection(address)
        api.request("POST", "/2020-01-01/extension/register", '{"events": []}',
                    {"Lambda-Extension-Name": "own"})
        own = api.getresponse().getheader("Lambda-Extension-Identifier")
        host, port = address.split(":")
        flood = socket.create_connection((host, int(port)), 5)
        request = (
            "GET /2020-01-01/extension/event/next HTTP/1.1\\r\\n"
            f"Lambda-Extension-Identifier: {own}\\r\\n\\r\\n"
        )
        flood.sendall(request.encode() * 100)
        try:
            ended = flood.recv(1) == b""
        except ConnectionResetError:
            ended = True
        def handler(event, context): return ended
    """
    assert await functions.answer(source) is True


@pytest.mark.parametrize(
    "written",
    [
        "b'A' + b'\\0' * 8 + b'1'",  # an answer that is out of turn
        "b'R' + b'\\0' * 8",
        "b'P' + struct.pack('!II', 0, 1 << 31) + b'x' * 100_000",
        "os.urandom(1 << 16)",
    ],
)
async def test_what_is_written_to_the_servers_channel_costs_only_the_writer(
    functions: Functions, written: str
) -> None:
    version = functions.function(
        f"""
        import os, struct, threading, time
        def write():
            time.sleep(0.005)
            try:
                os.write(3, {written})
            except OSError:
                pass
        def handler(event, context):
            threading.Thread(target=write).start()
            time.sleep(event)
            return "own"
        """,
        timeout=2,
    )
    result = await functions.run(version, 0.05)

    # The invocation is its own: what it answers in its handler's stead is an answer.
    assert result.function_error == "Unhandled" or result.payload in (b"", b'"own"')
    await functions.runtime.retire(version.key)
    assert await functions.answer("def handler(event, context): return 'well'") == "well"


async def test_a_template_of_a_snapshot_that_talks_nonsense_is_replaced(
    functions: Functions,
) -> None:
    version = functions.function(
        """
        import os, struct, threading, time
        def write():
            time.sleep(0.3)
            os.write(3, b"Z" + struct.pack("!II", 0, 1 << 31) + b"x" * 4096)
        threading.Thread(target=write, daemon=True).start()
        def handler(event, context): return "well"
        """,
        snap_start=True,
        version="1",
    )
    for _ in range(3):
        assert json.loads((await functions.run(version)).payload) == "well"
        await functions.runtime.retire(version.key)
        await asyncio.sleep(0.2)


async def test_a_keeper_that_is_killed_ends_its_environment_alone(functions: Functions) -> None:
    version = functions.function(
        "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'done'"
    )
    other = functions.function("def handler(event, context): return 1")
    await functions.run(other)
    await functions.run(version, 0)
    [idle] = [each for each in functions.runtime.environments() if each.key == version.key]
    os.kill(idle.pid, signal.SIGKILL)
    await until(lambda: idle not in functions.runtime.environments())
    assert (await functions.run(version, 0)).payload == b'"done"'

    running = asyncio.ensure_future(functions.run(version, 30))

    def busy() -> list[int]:
        environments = functions.runtime.environments()
        return [one.pid for one in environments if one.key == version.key and one.phase == "busy"]

    await until(lambda: bool(busy()))
    os.kill(busy()[0], signal.SIGKILL)
    assert json.loads((await running).payload)["errorType"] == "Runtime.ExitError"
    assert any(each.key == other.key for each in functions.runtime.environments())


async def test_signals_that_end_a_server_do_not_end_its_zygotes(functions: Functions) -> None:
    """
    A terminal sends them to a whole group; what runs goes on for as long as the server lets it.
    """
    version = functions.function(
        """
        import os, signal, time
        def handler(event, context):
            time.sleep(0.3)
            names = ("SIGINT", "SIGTERM", "SIGHUP")
            ignored = [
                name for name in names
                if signal.getsignal(getattr(signal, name)) is signal.SIG_IGN
            ]
            return ignored
        """
    )
    running = asyncio.ensure_future(functions.run(version))
    await until(lambda: any(one.phase == "busy" for one in functions.runtime.environments()))
    zygotes = functions.runtime.zygotes()
    for pid in zygotes:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)

    assert (await running).payload == b"[]"
    assert functions.runtime.zygotes() == zygotes


async def test_programs_find_broken_pipes_as_they_expect_them(functions: Functions) -> None:
    """
    An interpreter ignores SIGPIPE; what it starts in its place must not inherit that.
    """
    source = (
        CLIENT
        + """
    status = open("/proc/self/status").read()
    ignored = int(next(line for line in status.splitlines() if line.startswith("SigIgn")).split()[1], 16)
    while True:
        _, headers, _ = ask("GET", "invocation/next")
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        ask("POST", f"invocation/{request_id}/response", json.dumps(ignored))
    """  # noqa: E501
    )
    # Python itself ignores SIGPIPE (13) and SIGXFSZ (25) once it has begun, and no other that has a
    # name. The C library's own two (32 and 33) are as whoever started the server left them.
    named = (1 << 31) - 1
    expected = 1 << 12 | 1 << 24
    ignored = json.loads((await functions.run(custom(functions, source))).payload)
    assert ignored & named == expected
