"""Functions in Java, with our own bootstrap. Collected where there is a JDK 17 or later."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lambent.core.errors import ClientError
from lambent.runtime.api import FunctionVersion
from lambent.runtime.installed_languages import java_homes
from lambent.runtime.runtimes import choose_interpreter
from tests.runtime.conftest import Functions

SOURCES = Path(__file__).with_name("java")


def find_jdk() -> Path | None:
    homes = {int(version): home for version, home in java_homes(["/usr/bin"]).items()}
    # The functions of these tests have records.
    return Path(homes[max(homes)]) if homes and max(homes) >= 17 else None


JDK = find_jdk()


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build tool makes: classes in folders, and a jar with the interfaces in lib."""
    assert JDK is not None
    folder = tmp_path_factory.mktemp("classes")
    folder.chmod(0o755)
    sources = [str(path) for path in SOURCES.rglob("*.java")]
    compiler = [JDK / "bin/javac", "--release", "17", "-encoding", "UTF-8"]
    subprocess.run([*compiler, "-d", folder, *sources], check=True)
    (folder / "lib").mkdir()
    jar = [JDK / "bin/jar", "cf", folder / "lib/core.jar", "-C", folder, "com"]
    subprocess.run(jar, check=True)
    subprocess.run(["rm", "-r", folder / "com"], check=True)
    return folder


def java(functions: Functions, classes: Path, handler: str, **configured: Any) -> FunctionVersion:
    chosen = {"runtime": "java17", "memory_size": 256, "timeout": 30, **configured}
    return replace(functions.function("", handler=handler, **chosen), code=classes)


if JDK is not None:

    async def test_a_java_handler_gets_event_and_context(
        functions: Functions, classes: Path
    ) -> None:
        environment = {"JAVA_TOOL_OPTIONS": "-Dchosen=yes"}
        version = java(functions, classes, "example.Contexts", environment=environment)
        first = await functions.run(
            version,
            {"n": 1, "long": 12345678901234567890, "text": 'ä"\n'},
            client_context='{"custom": {"a": "1"}, "client": {"appTitle": "shop"}}',
            cognito_identity='{"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}',
            trace_header="Root=1-2-3",
        )
        second = json.loads((await functions.run(version, {})).payload)
        seen = json.loads(first.payload)

        assert seen["event"] == {"n": 1, "long": 12345678901234567890, "text": 'ä"\n'}
        assert (seen["name"], seen["version"], seen["memory"]) == ("tested", "$LATEST", 256)
        assert seen["arn"].startswith("arn:aws:lambda:")
        assert (seen["group"], seen["identity"]) == ("/aws/lambda/tested", "i")
        assert (seen["custom"], seen["title"]) == ({"a": "1"}, "shop")
        assert 0 < seen["left"] <= 30_000
        assert (seen["trace"], seen["kind"]) == ("Root=1-2-3", "AWS_Lambda_java17")
        assert seen["property"] == "yes"
        assert 200 <= seen["heap"] <= 218
        assert (second["count"], second["trace"], second["custom"]) == (2, None, None)
        assert second["id"] != seen["id"]
        log = first.log_tail.decode()
        assert "größer: 1\none\nevent\n" in log
        assert "Picked up JAVA_TOOL_OPTIONS: -Dchosen=yes" in log

    async def test_java_objects_are_read_and_written_by_their_properties(
        functions: Functions, classes: Path
    ) -> None:
        order = {
            "id": "o-1",
            "state": "PAID",
            "lines": [{"article": "bulb", "count": 2}],
            "byName": {"first": {"article": "lamp", "count": 1}},
            "at": "2026-01-02T03:04:05Z",
            "gift": True,
            "total": 12.5,
        }
        version = java(functions, classes, "example.Orders")
        result = await functions.run(version, [{**order, "unknown": 1}])
        moved = await functions.run(
            java(functions, classes, "example.Records::moved"),
            {"x": 1, "near": [{"x": 5, "near": None}]},
        )

        expected = {**order, "lines": [{"article": "bulb", "count": 3}]}
        assert json.loads(result.payload) == [expected]
        assert json.loads(moved.payload) == {"x": 2, "near": [{"x": 5, "near": None}]}

    async def test_java_finds_the_names_of_awss_events(contained: Functions, classes: Path) -> None:
        item = {
            "messageId": "m",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:orders",
            "content": "aGVsbG8=",
            "at": 1545084650.987,
            "numbers": [1],
            "more": [2],
        }
        version = java(contained, classes, "example.Batches::handle")
        result = await contained.run(version, {"Records": [item]})

        assert json.loads(result.payload) == {"records": [{**item, "at": 1545084650987}]}

    async def test_a_script_of_the_functions_own_can_start_java(
        functions: Functions, classes: Path
    ) -> None:
        script = '#!/bin/sh\nexport AWS_EXECUTION_ENV=wrapped\nexec "$@"\n'
        version = java(
            functions,
            classes,
            "example.Contexts",
            layers=(functions.layer({"wrap": script}),),
            environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"},
        )

        assert json.loads((await functions.run(version, {})).payload)["kind"] == "wrapped"

    @pytest.mark.parametrize(
        ("handler", "event", "answer"),
        [
            ("example.Methods::text", "well", b'"well!"'),
            ("example.Methods::number", 1, b"257"),
            ("example.Methods::sum", [1, 2, 3], b"6"),
            ("example.Methods::stream", {"a": 1}, b'<{"a": 1}>'),
            ("example.Methods::nothing", 1, b"null"),
            ("example.Methods::several", "", b'"with a context"'),
            ("example.Streams", "raw", b'"raw"'),
            ("example.Streams::handleRequest", "raw", b'"raw"'),
        ],
    )
    async def test_a_java_method_has_many_forms(
        contained: Functions, classes: Path, handler: str, event: object, answer: bytes
    ) -> None:
        result = await contained.run(java(contained, classes, handler), event)

        assert (result.function_error, result.payload) == (None, answer)

    async def test_what_a_java_method_throws_is_described_with_its_cause(
        functions: Functions, classes: Path
    ) -> None:
        result = await functions.run(java(functions, classes, "example.Methods::fails"))
        error = json.loads(result.payload)

        assert result.function_error == "Unhandled"
        assert error["errorType"] == "java.lang.IllegalStateException"
        assert error["errorMessage"] == "as told"
        assert error["stackTrace"] == ["example.Methods.fails(Methods.java:42)"]
        assert error["cause"]["errorType"] == "java.lang.UnsupportedOperationException"
        assert "example.Methods.inner(Methods.java:47)" in error["cause"]["stackTrace"]
        log = result.log_tail.decode()
        assert "as told: java.lang.IllegalStateException\n" in log
        assert "\tat example.Methods.fails(Methods.java:42)\n" in log

    @pytest.mark.parametrize(
        ("handler", "kind", "message"),
        [
            ("example.None", "java.lang.ClassNotFoundException", "Class not found: example.None"),
            (
                "example.Methods::hidden",
                "Runtime.HandlerNotFound",
                "No public method named hidden with appropriate method signature found on class"
                " example.Methods",
            ),
            ("example.Broken::handle", "java.lang.IllegalStateException", "not made"),
            (
                "example.Methods",
                "Runtime.InvalidHandler",
                "Class example.Methods does not implement an appropriate handler interface."
                " Expected RequestHandler or RequestStreamHandler.",
            ),
        ],
    )
    async def test_a_java_handler_that_cannot_be_made_is_an_init_error(
        contained: Functions, classes: Path, handler: str, kind: str, message: str
    ) -> None:
        result = await contained.run(java(contained, classes, handler))
        error = json.loads(result.payload)

        assert (error["errorType"], error["errorMessage"]) == (kind, message)
        assert message.encode() in result.log_tail

    async def test_java_is_told_what_is_no_event_for_its_method(
        contained: Functions, classes: Path
    ) -> None:
        version = java(contained, classes, "example.Methods::text")
        error = json.loads((await contained.run(version, {"a": 1})).payload)

        assert error["errorType"] == "java.lang.RuntimeException"
        assert error["errorMessage"] == "An error occurred during JSON parsing"
        assert json.loads((await contained.run(version, "more")).payload) == "more!"

    async def test_java_that_exits_is_an_error_of_the_runtime(
        contained: Functions, classes: Path
    ) -> None:
        result = await contained.run(java(contained, classes, "example.Methods::exits"))
        error = json.loads(result.payload)

        assert error["errorType"] == "Runtime.ExitError"
        assert error["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")

    async def test_java_finds_the_jars_of_layers(functions: Functions, classes: Path) -> None:
        layer = functions.layer({"readme": ""})
        (layer / "java/lib").mkdir(parents=True)
        shared = layer / "java/lib/shared.jar"
        assert JDK is not None
        subprocess.run([JDK / "bin/jar", "cf", shared, "-C", classes, "example"], check=True)
        version = functions.function(
            "",
            runtime="java21",
            handler="example.Methods::text",
            memory_size=256,
            timeout=30,
            layers=(layer,),
        )
        (version.code / "lib").mkdir()
        core = version.code / "lib/core.jar"
        core.write_bytes((classes / "lib/core.jar").read_bytes())

        assert json.loads((await functions.run(version, "x")).payload) == "x!"


def test_a_java_that_is_not_there_is_refused_or_replaced() -> None:
    """Whatever this machine has, one of the two is so."""
    try:
        choice = choose_interpreter("java999", allow_substitution=True)
    except ClientError as error:
        assert "Install a JDK 999" in error.message
    else:
        assert choice.warning is not None
        assert "runs on java" in choice.warning

    async def test_javas_logger_writes_json_from_its_level_on(
        functions: Functions, classes: Path
    ) -> None:
        configured = {"log_format": "JSON", "log_level": "INFO", "system_log_level": "WARN"}
        version = java(functions, classes, "example.Logs", **configured)
        result = await functions.run(version)
        plain, warned, *others = result.log_tail.decode().splitlines()
        records = [json.loads(plain), json.loads(warned)]

        assert result.function_error is None
        assert [(each["level"], each["message"]) for each in records] == [
            ("UNDEFINED", "plain\nlines"),
            ("WARN", "größer"),
        ]
        assert list(records[0]) == ["timestamp", "message", "level", "AWSRequestId"]
        assert len(records[0]["AWSRequestId"]) == 36
        assert records[0]["timestamp"].endswith("Z")
        assert others == ["bytes", "printed"]

        failed = await functions.run(version, "fail")
        last = json.loads(
            next(line for line in failed.log_tail.decode().splitlines() if "as told" in line)
        )
        assert last["level"] == "ERROR"
        assert last["message"].startswith("as told: java.lang.IllegalStateException\n")

    async def test_javas_logger_writes_the_level_before_a_text(
        functions: Functions, classes: Path
    ) -> None:
        result = await functions.run(java(functions, classes, "example.Logs"))
        log = result.log_tail.decode()

        assert "plain\nlines\n[DEBUG] finely\n[WARN] größer\nbytes\nprinted\n" in log
