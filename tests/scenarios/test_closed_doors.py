"""Functions that ask for the pages that are for people: the clock, the reset, the mailbox."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.processes import ServerProcess
from tests.scenarios.test_ordinary_users import function, invoke, zipped
from tests.unprivileged import launcher, own_folder

CODE = """
import ctypes, os, urllib.request
# Who cannot be looked into is not taken for somebody else.
ctypes.CDLL(None).prctl(4, 0)
def handler(event, context):
    if "post" in event:
        request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + event["post"], data=b"")
    else:
        request = os.environ["AWS_ENDPOINT_URL"] + event["get"]
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return [answer.status, answer.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]
"""
CLOSED = [
    {"post": "/_lambent/reset"},
    {"post": "/_lambent/clock?advance=PT1H"},
    {"get": "/_lambent/mail/messages"},
    {"get": "/_lambent/clock"},
]


OPTIONS = {
    "walled": (),
    "secluded": ("--network", "platform-only"),
    "plain": ("--sandbox", "process"),
    "ordinary": (),
}


@pytest.fixture(scope="module", params=OPTIONS)
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    with own_folder() as folder:
        before = launcher() if request.param == "ordinary" else ()
        server = ServerProcess(folder / "data", *OPTIONS[request.param], launcher=before)
        yield from running(server)


def running(server: ServerProcess) -> Iterator[ServerProcess]:
    server.start()
    trust: Any = {"Version": "2012-10-17", "Statement": []}
    trust["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )
    server.client("iam").create_role(
        RoleName="function", AssumeRolePolicyDocument=json.dumps(trust)
    )
    function(server, "asks", zipped("main.py", CODE), Timeout=20)
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("asked", CLOSED)
def test_a_function_cannot_have_what_is_for_people(
    server: ServerProcess, asked: dict[str, str]
) -> None:
    status, body = invoke(server, "asks", asked)

    assert (status, json.loads(body)["code"]) == (403, "AccessDeniedException")


def test_people_may_still_ask(server: ServerProcess) -> None:
    server.advance("PT0S")

    assert server.mail() == []


def test_a_function_may_ask_for_health(server: ServerProcess) -> None:
    status, body = invoke(server, "asks", {"get": "/_lambent/health"})

    assert (status, json.loads(body)["status"]) == (200, "running")


def test_a_function_cannot_have_the_server_ask_for_it(server: ServerProcess) -> None:
    """
    A subscription makes the server itself post to an address.
    """
    topics = server.client("sns")
    topic = topics.create_topic(Name="asks")["TopicArn"]
    before = httpx.get(f"{server.url}/_lambent/health").json()["time"]
    with socket.create_server(("127.0.0.1", 0)) as later:
        for address in (
            f"{server.url}/_lambent/clock?advance=PT1H",
            f"http://127.0.0.1:{later.getsockname()[1]}",
        ):
            topics.subscribe(TopicArn=topic, Protocol="http", Endpoint=address)
        later.settimeout(20)
        later.accept()[0].close()
    after = httpx.get(f"{server.url}/_lambent/health").json()["time"]

    assert after - before < 600
