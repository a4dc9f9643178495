"""What a person sees who starts and ends a server."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.postgres import PostgresServer
from tests.processes import ServerProcess

LAMBENT = Path(sys.executable).with_name("lambent")


def _serve(*options: str) -> subprocess.CompletedProcess[str]:
    """A server that is expected not to start."""
    return subprocess.run(
        [LAMBENT, "serve", "--port", "0", *options],
        check=False,
        capture_output=True,
        text=True,
        timeout=20,
    )


def test_health_tells_the_version_and_the_services(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    health = httpx.get(f"{server.url}/_lambent/health").json()

    assert health["status"] == "running"
    assert health["services"]["lambda"] == "available"
    assert server.stop() == 0


def test_an_upload_that_stops_is_ended(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, "--stall-seconds", "0.2")
    server.start()
    httpx.put(f"{server.url}/uploads")
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(
            b"PUT /uploads/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nabc"
        )
        reply = client.makefile("rb").read()

    assert reply.startswith(b"HTTP/1.1 400 ")
    assert b"<Code>RequestTimeout</Code>" in reply
    assert httpx.get(f"{server.url}/uploads/k").status_code == 404
    assert server.stop() == 0


def test_a_second_server_on_the_same_folder_says_so(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    second = _serve("--data", str(tmp_path))
    server.stop()

    assert second.returncode == 1
    assert f"another server uses the data folder {tmp_path}" in second.stderr


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    refused = _serve("--data", str(tmp_path / "file" / "data"))

    assert refused.returncode == 1
    assert f"the data folder {tmp_path}/file/data cannot be used" in refused.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    port = server.url.rpartition(":")[2]
    refused = _serve("--data", str(tmp_path / "other"), "--port", port)
    server.stop()

    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in refused.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--port", "99999"), "0<=x<=65535"),
        (("--drain-seconds", "-4"), "x>=0"),
        (("--smtp", "mail.example.com:smtp"), "--smtp is like mail.example.com:587"),
        (("--smtp", ":25"), "--smtp is like mail.example.com:587"),
        (("--store", "mysql://host/name"), "--store is like postgresql://host/name"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_in_words(
    tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    refused = _serve("--data", str(tmp_path), *options)

    assert refused.returncode == 2
    assert words in refused.stderr


def test_the_network_is_refused_while_authorization_is_off(tmp_path: Path) -> None:
    refused = _serve("--data", str(tmp_path), "--host", "0.0.0.0")

    assert refused.returncode == 2
    assert "authorization is off" in refused.stderr


def _blobs(data: Path) -> list[Path]:
    return [path for path in (data / "blobs").rglob("*") if path.is_file()]


def test_reset_empties_the_store(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    server.client("sqs").create_queue(QueueName="q")
    server.client("s3").create_bucket(Bucket="bucket")
    server.client("s3").put_object(Bucket="bucket", Key="large", Body=b"x" * 1_000_000)
    assert _blobs(tmp_path) != []
    assert httpx.post(f"{server.url}/_lambent/reset").json() == {"status": "reset"}

    assert "QueueUrls" not in server.client("sqs").list_queues()
    assert _blobs(tmp_path) == []
    server.stop()


def test_the_clock_moves_and_stays_moved(tmp_path: Path) -> None:
    """
    A restart does not take time back.
    """
    server = ServerProcess(tmp_path)
    server.start()
    before = httpx.get(f"{server.url}/_lambent/clock").json()["time"]
    server.advance("P1DT1H")
    server.kill()
    server.start()
    after = httpx.get(f"{server.url}/_lambent/clock").json()["time"]
    server.stop()

    assert after - before >= 90_000


@pytest.mark.parametrize("asked", ["yesterday", "", "P1Y", "-PT1H"])
def test_a_clock_is_moved_by_a_duration_only(tmp_path: Path, asked: str) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    reply = httpx.post(f"{server.url}/_lambent/clock", json={"advance": asked})
    server.stop()

    assert reply.status_code == 400
    assert reply.json()["code"] == "ValidationException"


def test_a_server_keeps_its_rows_in_postgresql(tmp_path: Path, postgres: PostgresServer) -> None:
    store = postgres.new_database("serving")
    server = ServerProcess(tmp_path, "--store", store)
    server.start()
    server.client("sqs").create_queue(QueueName="q")
    server.kill()
    server.start()
    urls = server.client("sqs").list_queues()["QueueUrls"]
    server.stop()

    assert [url.rpartition("/")[2] for url in urls] == ["q"]


def test_a_page_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    replies = [
        httpx.get(f"{server.url}/_lambent/{path}").status_code
        for path in ("nothing", "mail/_secret", "sqs/api", "..%2f..%2fetc/passwd", "mail/records")
    ]
    server.stop()

    assert replies == [404] * 5


def test_a_page_from_elsewhere_reaches_functions_only(tmp_path: Path) -> None:
    """
    A stranger's page in a browser on this machine can neither empty the store nor call AWS's
    operations; function URLs have rules of their own for pages.
    """
    server = ServerProcess(tmp_path)
    server.start()
    stranger = {"origin": "https://stranger.example"}
    form = {"Action": "CreateTopic", "Name": "planted", "Version": "2010-03-31"}
    replies = [
        httpx.post(f"{server.url}/_lambent/reset", headers=stranger),
        httpx.post(server.url, data=form, headers=stranger),
        httpx.put(f"{server.url}/planted", headers=stranger),
        httpx.get(f"{server.url}/_lambent/lambda/url/none/", headers=stranger),
    ]
    topics = server.client("sns").list_topics()["Topics"]
    server.stop()

    assert [reply.status_code for reply in replies] == [403, 403, 403, 404]
    assert topics == []
