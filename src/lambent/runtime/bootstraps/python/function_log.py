"""
What the function says: its standard output, and the root logger as AWS sets it up.

One line is one log event. A record of several lines stays one event by having its inner line
breaks written as `RECORD_BREAK`, which the server turns back.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time
import traceback
from typing import Any, TextIO

RECORD_BREAK = "\x1e"
# The members of every record.
_ORDINARY = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "aws_request_id",
    "message",
    "asctime",
    "taskName",
}

request_id = ""


class _Output:
    """The standard output as it was before the function could replace it."""

    stream: TextIO = sys.stdout


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        write(self.format(record))


class _RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = request_id
        return True


class _JsonFormatter(logging.Formatter):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

    def format(self, record: logging.LogRecord) -> str:
        as_it_is = isinstance(record.msg, dict) and not record.args
        entry: dict[str, Any] = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.msg if as_it_is else record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0] is not None:
            entry["stackTrace"] = traceback.format_tb(record.exc_info[2])
            entry["errorType"] = record.exc_info[0].__name__
            entry["errorMessage"] = str(record.exc_info[1])
        entry["requestId"] = request_id
        if record.exc_info:
            entry["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        # AWS: what the function passes as `extra` becomes members of the record.
        extra = {name: value for name, value in vars(record).items() if name not in _ORDINARY}
        entry.update((name, value) for name, value in extra.items() if name not in entry)
        written = {name: value for name, value in entry.items() if value is not None}
        return json.dumps(written, ensure_ascii=False, default=str) + "\n"


class _Prepared:
    """What is the same for all functions, made before it is needed."""

    handler = _Handler()
    text = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
        "%Y-%m-%dT%H:%M:%S",
    )
    json = _JsonFormatter()


_Prepared.handler.addFilter(_RequestId())


def begin(log_format: str) -> None:
    _Output.stream = sys.stdout = _line_by_line(1)
    sys.stderr = _line_by_line(2)
    logging.Formatter.converter = time.gmtime
    handler = _Prepared.handler
    handler.setFormatter(_Prepared.json if log_format == "JSON" else _Prepared.text)
    root = logging.getLogger()
    root.addHandler(handler)
    # AWS: TRACE is for other languages; Python's least level stands for it.
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper().replace("TRACE", "DEBUG")
    if level in ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"):
        root.setLevel(level)


def _line_by_line(descriptor: int) -> TextIO:
    raw = io.BufferedWriter(io.FileIO(descriptor, "wb", closefd=False))
    return io.TextIOWrapper(raw, "utf-8", "surrogateescape", line_buffering=True)


def write(text: str) -> None:
    """One record; a line break is added where it has none."""
    text = text[:-1] if text.endswith("\n") else text
    _Output.stream.write(text.replace("\n", RECORD_BREAK) + "\n")


def error(result: bytes) -> None:
    """Write an error as AWS's runtime does, with the indentation made of no-break spaces."""
    described = json.loads(result)
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        write(json.dumps({"timestamp": now, "level": "ERROR", **described}))
        return
    lines = [f"[ERROR] {described['errorType']}: {described['errorMessage']}".rstrip(": ")]
    lines.append("Traceback (most recent call last):")
    for element in described["stackTrace"]:
        for line in element.splitlines():
            stripped = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(stripped)) + stripped)
    write("\n".join(lines))


def flush() -> None:
    for stream in (_Output.stream, sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # The function closed or replaced it; that is its own affair.
            pass
