"""Bytes that no client library would send: each has its answer, and the server goes on."""

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest

from tests.attack.raw_http import RawRequest, answer, made, mutations, requests, status_of
from tests.processes import ServerProcess

MUTATIONS = int(os.environ.get("LAMBENT_ATTACK_MUTATIONS", "1500"))


async def wrong_answers(port: int, asked: Iterable[RawRequest]) -> list[str]:
    """No answer is as good as one where the request was none; a 500 or silence is not."""
    found = []
    for request in asked:
        try:
            status = status_of(await answer(port, request))
        except TimeoutError:
            found.append(f"{request.name}: no answer")
            continue
        if status >= 500 and status != 501:
            found.append(f"{request.name}: {status}")
    return found


def test_whatever_is_sent_the_server_answers_and_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    port = int(server.url.rpartition(":")[2])
    objects = server.client("s3")
    objects.create_bucket(Bucket="bucket")
    objects.put_object(Bucket="bucket", Key="key", Body=b"x")

    found = asyncio.run(wrong_answers(port, [*requests(), *mutations(1, MUTATIONS)]))

    assert found == []
    assert httpx.get(f"{server.url}/_lambent/health").json()["status"] == "running"
    assert server.client("sqs").create_queue(QueueName="afterwards")["QueueUrl"]
    assert server.stop() == 0
    assert "Traceback" not in capfd.readouterr().err


async def idle(port: int, sent: bytes) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    return writer


def test_clients_that_say_nothing_more_keep_nobody_waiting(tmp_path: Path) -> None:
    """
    Two hundred connections, some silent, some in the middle of a request, cost the others nothing.
    """
    server = ServerProcess(tmp_path)
    server.start()
    port = int(server.url.rpartition(":")[2])
    whole = made(body=b'{"QueueName": "q"}', target="AmazonSQS.CreateQueue")

    async def story() -> float:
        silent = [await idle(port, whole[: number % 3 * 40]) for number in range(200)]
        began = time.monotonic()
        for _ in range(20):
            reply = await answer(port, RawRequest("whole", whole))
            assert status_of(reply) == 200
        took = time.monotonic() - began
        # One of them goes on, a byte at a time.
        slow = await asyncio.open_connection("127.0.0.1", port)
        for byte in whole:
            slow[1].write(bytes([byte]))
            await slow[1].drain()
        assert status_of(await slow[0].read(65_536)) == 200
        for writer in silent:
            writer.close()
        return took

    assert asyncio.run(story()) < 20
    assert server.stop() == 0


def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.start()

    def body() -> Iterable[bytes]:
        piece = b" " * (1 << 20)
        yield from (piece for _ in range(101))

    refused = httpx.post(
        server.url,
        content=body(),
        headers={"x-amz-target": "AmazonSQS.SendMessage"},
        timeout=60,
    )
    alive = httpx.get(f"{server.url}/_lambent/health").status_code
    assert server.stop() == 0

    assert refused.status_code == 413
    assert refused.headers["x-amzn-errortype"] == "RequestEntityTooLargeException"
    assert alive == 200
