"""
The servers that are compared: Lambent, and its peers in virtual environments of their own.

Every server runs in a fresh folder on a free port. Lambent keeps everything, with full sync; the
peers keep what they keep by default.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "build" / "peers"


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    pid: int
    started_in: float
    """Seconds from the start of the process to its first answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """Megabytes of the whole process tree, pages that are shared counted once."""
        return sum(_pss(pid) for pid in _tree(self.pid)) / 1024

    def processor_seconds(self) -> float:
        """What the whole process tree has used of the processors so far."""
        ticks = sum(_ticks(pid) for pid in _tree(self.pid))
        return ticks / os.sysconf("SC_CLK_TCK")


def _lambent(port: int, folder: str) -> list[str]:
    # As pip leaves every package that it installs, the peers among them.
    subprocess.run([sys.executable, "-m", "compileall", "-q", ROOT / "src"], check=True)
    program = str(Path(sys.executable).with_name("lambent"))
    return [program, "serve", "--port", str(port), "--data", folder]


def _moto(port: int, folder: str) -> list[str]:
    return [_peer("moto", "moto[server]"), "-p", str(port)]


def _ministack(port: int, folder: str) -> list[str]:
    # It runs functions on what is installed with it, and the benchmark's import boto3.
    return [_peer("ministack", "ministack", "boto3")]


def _localstack(port: int, folder: str) -> list[str]:
    # The last release that asks for no account and runs on this Python, with what it was made for.
    program = _peer(
        "localstack",
        "localstack-core[runtime]==4.9.2",
        "pyopenssl<25.2",
        "cryptography<46",
        "cbor2<5.8",
        "service_identity<25",
    )
    return [program, "-m", "localstack.runtime.main"]


_COMMANDS = {
    "lambent": _lambent,
    "moto": _moto,
    "ministack": _ministack,
    "localstack": _localstack,
}
_PROGRAMS = {"moto": "moto_server", "ministack": "ministack", "localstack": "python"}


def _peer(name: str, *requirements: str) -> str:
    """The peer's program; its environment is made when it is first needed."""
    program = PEERS / name / "bin" / _PROGRAMS[name]
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS / name], check=True)
        pip = PEERS / name / "bin" / "pip"
        subprocess.run([pip, "install", "-q", *requirements], check=True)
    return str(program)


@contextmanager
def running(name: str, folder: str | None = None) -> Iterator[Server]:
    """A server of that name, ended and cleaned up afterwards; a folder that is given stays."""
    given, folder = folder, folder or tempfile.mkdtemp(prefix=f"bench-{name}-")
    port = _free_port()
    command = _COMMANDS[name](port, folder)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
        "GATEWAY_PORT": str(port),
        "EDGE_PORT": str(port),
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "LOCALSTACK_HOST": f"127.0.0.1:{port}",
        "FILESYSTEM_ROOT": folder,
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "LS_LOG": "error",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    began = time.perf_counter()
    with open(f"{folder}.log", "w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=environment, start_new_session=True
        )
    try:
        _wait_for_answer(port, process)
        yield Server(name, port, process.pid, time.perf_counter() - began)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        if given is None:
            shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until GetCallerIdentity is answered."""
    body = "Action=GetCallerIdentity&Version=2011-06-15"
    request = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=bench/20250101/us-east-1/sts/aws4_request,"
        " SignedHeaders=host, Signature=0\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
    until = time.perf_counter() + 60
    while time.perf_counter() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(request)
                if b"<Arn>" in connection.makefile("rb").read():
                    return
        except OSError:
            time.sleep(0.002)
    raise RuntimeError("the server does not answer")


def _tree(pid: int) -> list[int]:
    pids = [pid]
    for parent in pids:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            pids += [int(child) for child in task.read_text().split()]
    return pids


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
