"""Logs as JSON: the function's records, the platform's, and the levels of both."""

import json
from typing import Any

import pytest

from lambent.runtime.api import InvocationResult
from tests.runtime.conftest import Functions


def records(result: InvocationResult) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.log_tail.decode().splitlines()]


def of_function(result: InvocationResult) -> list[dict[str, Any]]:
    return [each for each in records(result) if "type" not in each]


async def test_the_platforms_records_are_those_of_the_telemetry_api(functions: Functions) -> None:
    version = functions.function("def handler(event, context): return 1", log_format="JSON")
    result = await functions.run(version, trace_header="Root=1-2;Parent=3;Sampled=1")
    start, report = records(result)

    assert start["type"] == "platform.start"
    assert start["record"]["version"] == "$LATEST"
    assert start["record"]["tracing"]["spanId"] == "3"
    assert report["type"] == "platform.report"
    assert report["record"]["status"] == "success"
    assert report["record"]["metrics"]["memorySizeMB"] == 128
    assert report["record"]["metrics"]["initDurationMs"] > 0
    assert report["time"].endswith("Z")


@pytest.mark.parametrize(
    ("level", "kinds"),
    [
        ("DEBUG", ["platform.start", "platform.runtimeDone", "platform.report"]),
        ("INFO", ["platform.start", "platform.report"]),
        ("WARN", []),
    ],
)
async def test_the_system_level_says_which_are_written(
    functions: Functions, level: str, kinds: list[str]
) -> None:
    version = functions.function(
        "def handler(event, context): return 1", log_format="JSON", system_log_level=level
    )
    await functions.run(version)
    warm = await functions.run(version)

    assert [each["type"] for each in records(warm)] == kinds


async def test_failures_are_warnings(functions: Functions) -> None:
    version = functions.function(
        "import time\ndef handler(event, context): time.sleep(60)",
        log_format="JSON",
        system_log_level="WARN",
        timeout=1,
    )
    done, report = records(await functions.run(version))

    assert done["record"]["status"] == report["record"]["status"] == "timeout"


async def test_pythons_records_have_awss_members(functions: Functions) -> None:
    version = functions.function(
        """
        import logging
        logger = logging.getLogger("own")
        def handler(event, context):
            logger.debug("not written")
            logger.info("plain %s", 1, extra={"order": 7})
            logger.warning({"as": "it is"})
            try:
                1 / 0
            except ZeroDivisionError:
                logger.exception("failed")
        """,
        log_format="JSON",
        log_level="INFO",
        system_log_level="WARN",
    )
    plain, as_it_is, failed = records(await functions.run(version))

    assert len(plain.pop("requestId")) == 36
    assert plain.pop("timestamp").endswith("Z")
    assert plain == {"level": "INFO", "message": "plain 1", "logger": "own", "order": 7}
    assert as_it_is["message"] == {"as": "it is"}
    assert failed["errorType"] == "ZeroDivisionError"
    assert failed["errorMessage"] == "division by zero"
    assert failed["location"].endswith("app.py:handler:11")


async def test_an_error_of_a_python_handler_is_one_record(functions: Functions) -> None:
    version = functions.function(
        "def handler(event, context): raise ValueError('no')",
        log_format="JSON",
        system_log_level="WARN",
    )
    [error] = of_function(await functions.run(version))

    assert error["level"] == "ERROR"
    assert error["errorType"] == "ValueError"
    assert error["errorMessage"] == "no"
    assert error["stackTrace"]


async def test_consoles_records_have_awss_members(functions: Functions) -> None:
    version = functions.function(
        """
        exports.handler = async () => {
          console.debug("not written");
          console.log("one");
          console.info({ a: 1 });
          console.warn("two", 2);
          console.error("seen", new TypeError("bad"));
          console.error(new RangeError("alone"));
        };
        """,
        file="app.js",
        runtime="nodejs20.x",
        log_format="JSON",
        log_level="INFO",
    )
    one, two, three, four, five = of_function(await functions.run(version))

    assert [one["level"], one["message"], len(one["requestId"])] == ["INFO", "one", 36]
    assert two["message"] == {"a": 1}
    assert [three["level"], three["message"]] == ["WARN", "two 2"]
    assert [four["errorType"], four["errorMessage"]] == ["TypeError", "bad"]
    assert five["message"]["errorType"] == "RangeError"
    assert five["message"]["stackTrace"][0] == "RangeError: alone"


async def test_the_level_of_json_logs_is_information_unless_configured(
    functions: Functions,
) -> None:
    source = """
        import os
        def handler(event, context):
            return [os.environ.get("AWS_LAMBDA_LOG_FORMAT"), os.environ.get("AWS_LAMBDA_LOG_LEVEL")]
    """
    assert await functions.answer(source, log_format="JSON") == ["JSON", "INFO"]
    assert await functions.answer(source, log_format="JSON", log_level="ERROR") == ["JSON", "ERROR"]
