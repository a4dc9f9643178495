"""Functions that reach nothing but the platform."""

import asyncio
import json
import socket
from collections.abc import Iterator

import pytest

from tests.runtime.conftest import Functions, started
from tests.runtime.test_custom_runtimes import ECHO, custom
from tests.runtime.test_environments import until
from tests.runtime.test_extensions import REPORTS, TELLS, logged

PLATFORM = socket.create_server(("127.0.0.1", 0))
REACHES = """
    import os, socket, urllib.request
    def reaches(host, port):
        try:
            socket.create_connection((host, port), 1).close()
        except OSError as error:
            return False
        return True
    def handler(event, context):
        answer = urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/health", timeout=5)
        return {
            "platform": answer.read().decode(),
            "others": [address for address in event if reaches(*address)],
            "interfaces": [name for _, name in socket.if_nameindex()],
        }
"""


@pytest.fixture(scope="module")
def secluded(
    runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Functions]:
    folder = tmp_path_factory.mktemp("secluded")
    url = f"http://127.0.0.1:{PLATFORM.getsockname()[1]}"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere")
        writer.close()

    runner.run(asyncio.start_server(answer, sock=PLATFORM))
    yield from started(runner, folder, "namespaces", network="platform-only", endpoint_url=url)


@pytest.mark.parametrize("snap_start", [False, True])
async def test_only_the_platform_can_be_reached(secluded: Functions, snap_start: bool) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    others = [listening.getsockname(), ("192.0.2.1", 80), ("1.1.1.1", 53)]
    seen = await secluded.answer(REACHES, others, snap_start=snap_start)
    listening.close()

    assert seen["platform"] == "here"
    assert seen["others"] == []
    assert seen["interfaces"] == ["lo"]


async def test_environments_do_not_reach_each_other(secluded: Functions) -> None:
    listens = """
        import socket
        server = socket.create_server(("0.0.0.0", 7777))
        def handler(event, context): return "listens"
    """
    await asyncio.gather(*(secluded.answer(listens) for _ in range(2)))
    seen = await secluded.answer(REACHES, [("127.0.0.1", 7777)])

    assert seen["others"] == []


async def test_custom_runtimes_and_extensions_need_no_network(secluded: Functions) -> None:
    layer = secluded.layer({"extensions/own": REPORTS})
    version = custom(secluded, ECHO, layers=(layer,))
    seen = json.loads((await secluded.run(version, 1)).payload)

    assert seen["event"] == 1
    assert seen["environment"]["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"


async def test_telemetry_reaches_a_network_of_its_own(secluded: Functions) -> None:
    secluded.shipped.clear()
    layer = secluded.layer({"extensions/tells": TELLS})
    version = secluded.function("def handler(event, context): return 1", layers=(layer,))
    await secluded.run(version)

    await until(lambda: any("platform.report" in line for line in logged(secluded)))
