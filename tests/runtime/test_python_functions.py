"""What every Python function can count on, whatever its sandbox is."""

import json
import re
from decimal import Decimal

from lambent.runtime.log_stream import RECORD_BREAK
from tests.runtime.conftest import ARN, Functions


async def test_a_handler_gets_its_event_and_its_answer_comes_back(functions: Functions) -> None:
    answer = await functions.answer(
        """
        def handler(event, context):
            return {"got": event, "none": None, "text": "grüße"}
        """,
        {"a": [1, 2.5, None]},
    )

    assert answer == {"got": {"a": [1, 2.5, None]}, "none": None, "text": "grüße"}


async def test_the_context_is_complete(functions: Functions) -> None:
    version = functions.function(
        """
        def handler(event, context):
            return {
                "name": context.function_name, "version": context.function_version,
                "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
                "id": context.aws_request_id, "group": context.log_group_name,
                "stream": context.log_stream_name,
                "remaining": context.get_remaining_time_in_millis(),
                "custom": context.client_context.custom,
                "title": context.client_context.client.app_title,
                "identity": context.identity.cognito_identity_id,
            }
        """
    )
    client = '{"custom": {"k": "v"}, "client": {"app_title": "t"}, "env": {}}'
    identity = '{"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}'

    result = await functions.run(version, client_context=client, cognito_identity=identity)
    answer = json.loads(result.payload)

    assert 0 < answer.pop("remaining") <= 5000
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", answer.pop("stream"))
    assert len(answer.pop("id")) == 36
    assert answer == {
        "name": "tested",
        "version": "$LATEST",
        "arn": ARN,
        "memory": "128",
        "group": "/aws/lambda/tested",
        "custom": {"k": "v"},
        "title": "t",
        "identity": "i",
    }


async def test_the_environment_holds_awss_variables_and_the_functions_and_no_others(
    functions: Functions,
) -> None:
    source = """
        import os
        def handler(event, context):
            return dict(os.environ)
    """
    variables = await functions.answer(source, environment={"STAGE": "prod"})

    assert variables["STAGE"] == "prod"
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert variables["AWS_ACCESS_KEY_ID"] == "ASIAEXAMPLE"
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
    assert variables["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert variables["TZ"] == ":UTC"
    ours = re.compile(r"_?AWS_|_HANDLER$|LAMBDA_|(PATH|LD_LIBRARY_PATH|PYTHONPATH|LANG|TZ|STAGE)$")
    assert [name for name in variables if not ours.match(name)] == []


async def test_boto3_is_there_and_nothing_else_of_the_servers(functions: Functions) -> None:
    source = """
        import importlib.util, boto3
        def handler(event, context):
            session = boto3.Session()
            return {
                "region": boto3.client("sqs").meta.region_name,
                "endpoint": boto3.client("sqs").meta.endpoint_url,
                "key": session.get_credentials().access_key,
                "found": [name for name in event if importlib.util.find_spec(name)],
            }
    """
    answer = await functions.answer(source, ["lambent", "pytest", "orjson", "uvloop", "click"])

    assert answer == {
        "region": "us-east-1",
        "endpoint": "http://127.0.0.1:4566",
        "key": "ASIAEXAMPLE",
        "found": [],
    }


async def test_a_function_that_brings_its_own_sdk_gets_its_own(functions: Functions) -> None:
    version = functions.function(
        """
        import boto3
        def handler(event, context):
            return boto3.OWN
        """
    )
    (version.code / "boto3.py").write_text("OWN = 'mine'")

    result = await functions.run(version)

    assert json.loads(result.payload) == "mine"


async def test_layers_are_found_and_the_last_one_wins(functions: Functions) -> None:
    layers = []
    for name in ("first", "second"):
        layer = functions.function("", file="unused")
        packages = layer.code / "python"
        packages.mkdir()
        (packages / "shared.py").write_text(f"NAME = {name!r}")
        (packages / f"only_{name}.py").write_text("")
        layers.append(layer.code)
    source = """
        import shared, only_first, only_second
        def handler(event, context):
            return shared.NAME
    """

    assert await functions.answer(source, layers=tuple(layers)) == "second"


async def test_an_error_carries_its_type_message_and_the_functions_own_frames(
    functions: Functions,
) -> None:
    version = functions.function(
        """
        def deeper():
            raise ValueError("no good")
        def handler(event, context):
            deeper()
        """
    )
    result = await functions.run(version)
    error = json.loads(result.payload)

    assert result.function_error == "Unhandled"
    assert error["errorType"] == "ValueError"
    assert error["errorMessage"] == "no good"
    assert len(error["requestId"]) == 36
    assert len(error["stackTrace"]) == 2
    assert re.fullmatch(
        r'  File "\S+/app\.py", line 5, in handler\n    deeper\(\)\n', error["stackTrace"][0]
    )
    assert "[ERROR] ValueError: no good\nTraceback (most recent call last):\n" in (
        result.log_tail.decode()
    )


async def test_the_log_reads_as_awss(functions: Functions) -> None:
    version = functions.function(
        """
        import logging
        logging.getLogger().setLevel("INFO")
        def handler(event, context):
            print("printed")
            logging.info("two\\nlines")
            context.log("said")
        """,
    )
    result = await functions.run(version)
    lines = result.log_tail.decode().split("\n")
    request_id = lines[0].split()[2]

    assert lines[0] == f"START RequestId: {request_id} Version: $LATEST"
    assert lines[1] == "printed"
    assert re.fullmatch(
        rf"\[INFO\]\t\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ\t{request_id}\ttwo", lines[2]
    )
    assert lines[3:6] == ["lines", "said", f"END RequestId: {request_id}"]
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t",
        lines[6],
    )
    assert RECORD_BREAK not in result.log_tail.decode()


async def test_only_the_first_invocation_reports_an_init_duration(functions: Functions) -> None:
    version = functions.function("def handler(event, context): return 1")

    first = await functions.run(version)
    second = await functions.run(version)

    assert first.init_duration_ms is not None
    assert second.init_duration_ms is None
    assert b"Init Duration" not in second.log_tail


async def test_memory_of_an_environment_lives_on_between_invocations(functions: Functions) -> None:
    version = functions.function(
        """
        calls = 0
        def handler(event, context):
            global calls
            calls += 1
            return calls
        """
    )
    assert [(await functions.run(version)).payload for _ in range(3)] == [b"1", b"2", b"3"]


async def test_decimals_and_bytes_can_be_answered_and_sets_cannot(functions: Functions) -> None:
    source = """
        from decimal import Decimal
        ANSWERS = {"decimal": [Decimal("2"), Decimal("2.5")], "set": {1}, "nan": float("nan")}
        def handler(event, context):
            return ANSWERS[event]
    """
    version = functions.function(source)

    assert json.loads((await functions.run(version, "decimal")).payload) == [2, Decimal("2.5")]
    error = json.loads((await functions.run(version, "set")).payload)
    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"] == (
        "Unable to marshal response: Object of type set is not JSON serializable"
    )
    nan = json.loads((await functions.run(version, "nan")).payload)
    assert nan["errorType"] == "Runtime.MarshalError"


async def test_payloads_of_six_megabytes_pass_in_both_directions(functions: Functions) -> None:
    text = "x" * (6 * 1024 * 1024 - 2)
    version = functions.function("def handler(event, context): return event")

    result = await functions.run(version, text)

    assert result.payload == json.dumps(text).encode()


async def test_an_answer_beyond_the_limit_is_refused_and_the_environment_lives(
    functions: Functions,
) -> None:
    version = functions.function("def handler(event, context): return 'x' * event")

    for size, length in ((6_291_555, 6_291_557), (30_000_000, 30_000_002)):
        result = await functions.run(version, size)
        assert json.loads(result.payload) == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": f"Response payload size ({length} bytes) exceeded maximum allowed"
            " payload size (6291556 bytes).",
        }
    assert (await functions.run(version, 1)).payload == b'"x"'


async def test_binary_output_does_no_harm(functions: Functions) -> None:
    source = """
        import os
        def handler(event, context):
            os.write(1, bytes(range(256)))
            return "fine"
    """
    assert await functions.answer(source) == "fine"
