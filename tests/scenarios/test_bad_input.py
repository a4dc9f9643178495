"""What people get wrong, through boto3: a clear error in AWS's words, and nothing half-made."""

import io
import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess

ROLE = "arn:aws:iam::000000000000:role/r"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
            }
        ],
    }
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("bad-input"))
    process.start()
    process.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    yield process
    assert process.stop() == 0


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as refusal:
        call(**params)
    error = refusal.value.response["Error"]
    status = refusal.value.response["ResponseMetadata"]["HTTPStatusCode"]
    return error["Code"], error.get("Message", ""), status


# Packages -------------------------------------------------------------------------------------


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return body.getvalue()


def link(target: str) -> bytes:
    entry = zipfile.ZipInfo("main.py")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped((entry, target.encode()))


def encrypted() -> bytes:
    package = bytearray(zipped(("main.py", b"x = 1")))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        package[package.index(signature) + place] |= 1
    return bytes(package)


def damaged() -> bytes:
    package = bytearray(zipped(("main.py", bytes(range(256)) * 4)))
    package[60] ^= 0xFF
    return bytes(package)


def many_bombs() -> bytes:
    return zipped(*((f"zeros{n}", bytes(50_000_000)) for n in range(6)))


COULD_NOT_UNZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


def create_function(server: ServerProcess, name: str, package: bytes) -> dict[str, Any]:
    """As the function is once its code has been prepared; raises what refuses it at once."""
    functions = server.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="main.handler",
        Role=ROLE,
        Code={"ZipFile": package},
    )
    server.advance("PT1M")
    found: dict[str, Any] = functions.get_function_configuration(FunctionName=name)
    return found


@pytest.mark.parametrize(
    ("package", "words"),
    [
        (b"", None),
        (b"no zip", COULD_NOT_UNZIP),
        (zipped(("main.py", b"x = 1"))[:-30], COULD_NOT_UNZIP),
        (zipped(), "Uploaded file must be a non-empty zip"),
        (zipped(("zeros", bytes(262_144_001))), "Unzipped size must be smaller than 262144000"),
        (many_bombs(), "Unzipped size must be smaller than 262144000 bytes"),
    ],
    ids=["nothing", "no zip", "truncated", "empty", "a bomb", "many bombs"],
)
def test_a_package_that_is_none_makes_no_function(
    server: ServerProcess, package: bytes, words: str | None
) -> None:
    code, message, status = refused(create_function, server=server, name="f", package=package)

    assert (code, status) == ("InvalidParameterValueException", 400)
    assert words is None or message.startswith(words)
    assert server.client("lambda").list_functions()["Functions"] == []


@pytest.mark.parametrize(
    "package",
    [
        zipped(("../main.py", b"x = 1")),
        zipped(("/etc/cron.d/x", b"x")),
        zipped(("a/../../../main.py", b"x = 1")),
        link("/etc/passwd"),
        link("../../../lambent.db"),
        encrypted(),
        damaged(),
        zipped(("a", b"file"), ("a/b", b"and folder")),
        zipped(("n" * 300, b"x")),
    ],
    ids=["up", "absolute", "up and up", "link", "link up", "encrypted", "damaged", "both", "long"],
)
def test_a_package_that_cannot_be_unpacked_makes_a_failed_function(
    server: ServerProcess, package: bytes
) -> None:
    """
    The function tells why, cannot be invoked and can be deleted; nothing of it is on the disk.
    """
    functions = server.client("lambda")
    function = create_function(server, "broken", package)
    invoked = refused(functions.invoke, FunctionName="broken")
    functions.delete_function(FunctionName="broken")

    assert (function["State"], function["StateReasonCode"]) == ("Failed", "InvalidZipFileException")
    assert function["LastUpdateStatus"] == "Failed"
    assert invoked[0] == "ResourceConflictException"
    assert functions.list_functions()["Functions"] == []


# State machines -------------------------------------------------------------------------------


def machine(state: dict[str, Any], **top: Any) -> str:
    return json.dumps({**top, "StartAt": "A", "States": {"A": {"End": True, **state}}})


def jsonata(output: str) -> str:
    return machine({"Type": "Pass", "Output": f"{{% {output} %}}"}, QueryLanguage="JSONata")


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("no json", "INVALID_JSON_DESCRIPTION"),
        ("{", "INVALID_JSON_DESCRIPTION"),
        ('{"a": NaN}', "INVALID_JSON_DESCRIPTION: Non-standard token 'NaN'"),
        ('{"a": ' + "9" * 5_000 + "}", "INVALID_JSON_DESCRIPTION: Number is too large"),
        ("[" * 100_000, "TOO_DEEPLY_NESTED"),
        ('{"a":' * 500 + "1" + "}" * 500, "TOO_DEEPLY_NESTED"),
        ("[]", "SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"),
        ("1", "SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"),
        ("{}", "SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"),
        ('{"StartAt": "A", "States": {}}', "MISSING_TRANSITION_TARGET: Missing 'StartAt' target"),
        ('{"StartAt": "A", "States": []}', "Expected value of type [OBJECT] at /States"),
        ('{"StartAt": "A", "States": {"A": 1}}', "Expected value of type [OBJECT] at /States/A"),
        (machine({"Type": "Nonsense"}), "should have one of these values: "),
        (
            machine({"Type": "Pass", "Next": "B"}),
            "There should only be one of the following fields: ",
        ),
        (machine({"Type": "Task"}), "These fields are required: [Resource] at /States/A"),
        (machine({"Type": "Wait", "Seconds": -1}), "Minimum value is 0"),
        (machine({"Type": "Wait", "Timestamp": "soon"}), "RFC3339"),
        (machine({"Type": "Pass", "InputPath": "$["}), "Value must be a valid JSONPath."),
        (machine({"Type": "Pass", "Parameters": {"a.$": "$["}}), "/States/A/Parameters/a.$"),
        (machine({"Type": "Pass", "Parameters": {"a.$": "States.No()"}}), "/Parameters/a.$"),
        (machine({"Type": "Pass"}, QueryLanguage="XPath"), "[JSONPath, JSONata]"),
        (jsonata("("), "INVALID_JSONATA_EXPRESSION: Expected"),
        (jsonata("$sum(1, "), "INVALID_JSONATA_EXPRESSION"),
        (jsonata("(" * 5_000), "INVALID_JSONATA_EXPRESSION: The expression is nested too deeply"),
    ],
)
def test_a_definition_that_is_none_makes_no_state_machine(
    server: ServerProcess, definition: str, words: str
) -> None:
    workflows = server.client("stepfunctions")
    code, message, status = refused(
        workflows.create_state_machine, name="m", definition=definition, roleArn=ROLE
    )

    assert (code, status) == ("InvalidDefinition", 400)
    assert message.startswith("Invalid State Machine Definition: '")
    assert words in message
    assert workflows.list_state_machines()["stateMachines"] == []


# Schedules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        *("cron(0 0 31 2 ? *)", "cron(0 0 29 2 ? 2023)", "cron(* * * * * *)", "cron(0 0 ? * 8 *)"),
        *(
            "cron(60 * * * ? *)",
            "cron()",
            "cron",
            "rate(0 minutes)",
            "rate(-1 days)",
            "rate(1 eon)",
        ),
        *("rate(99999999999999999999 days)", "at(2099-02-30T00:00:00)", "at(tomorrow)", "daily"),
    ],
)
def test_a_schedule_that_never_fires_is_none(server: ServerProcess, expression: str) -> None:
    schedules = server.client("scheduler")
    refusal = refused(
        schedules.create_schedule,
        Name="s",
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": FUNCTION, "RoleArn": ROLE},
    )

    words = f"Invalid Schedule Expression {expression}."
    assert refusal == ("ValidationException", words, 400)
    assert schedules.list_schedules()["Schedules"] == []


# Templates ------------------------------------------------------------------------------------

QUEUE = "{Type: AWS::SQS::Queue, Properties: {QueueName: %s}}"
BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            "Resources: {A: {Type: AWS::SQS::Queue, DependsOn: B},"
            " B: {Type: AWS::SQS::Queue, DependsOn: A}}",
            "Circular dependency between resources: [A, B]",
        ),
        (
            "Resources: {A: {Type: AWS::No::Thing}, B: {Type: AWS::SQS::Queue}}",
            "Template format error: Unrecognized resource types: [AWS::No::Thing]",
        ),
        (
            f"Resources: {{A: {QUEUE % '{Ref: B}'}}}",
            "Template format error: Unresolved resource dependencies [B] in the Resources block of"
            " the template",
        ),
        ("Resources: {", "Template format error: YAML not well-formed. (line 2, column 1)"),
        ('{"Resources": ', "Template format error: JSON not well-formed. (line 1, column 15)"),
        ("just words", "Template format error: unsupported structure."),
        ("{}", "Template format error: At least one Resources member must be defined."),
        (BOMB, "Template error: YAML aliases are not allowed in CloudFormation templates"),
        ("a: &a {b: *a}", "Template error: YAML aliases are not allowed in CloudFormation"),
        ("[" * 20_000, "Template format error: The template is nested deeper than 120 levels."),
        (
            "Parameters: {P: {Type: String, AllowedPattern: '(a+)+', Default: %s!}}\n"
            "Resources: {A: {Type: AWS::SQS::Queue}}" % ("a" * 60),
            "Template format error: parameter P: The pattern ",
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_template_that_is_none_makes_no_stack(
    server: ServerProcess, template: str, words: str
) -> None:
    stacks = server.client("cloudformation")
    code, message, status = refused(stacks.create_stack, StackName="s", TemplateBody=template)

    assert (code, status) == ("ValidationError", 400)
    assert message.startswith(words)
    assert stacks.list_stacks()["StackSummaries"] == []
    assert "QueueUrls" not in server.client("sqs").list_queues()


# Errors in every protocol -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        ("sqs", "get_queue_url", {"QueueName": "no"}, ("QueueDoesNotExist", 400)),
        ("stepfunctions", "describe_execution", {"executionArn": "x"}, ("InvalidArn", 400)),
        ("logs", "delete_log_group", {"logGroupName": "no"}, ("ResourceNotFoundException", 400)),
        ("sns", "get_topic_attributes", {"TopicArn": "x"}, ("InvalidParameter", 400)),
        ("iam", "get_role", {"RoleName": "no"}, ("NoSuchEntity", 404)),
        ("cloudformation", "describe_stacks", {"StackName": "no"}, ("ValidationError", 400)),
        ("lambda", "get_function", {"FunctionName": "no"}, ("ResourceNotFoundException", 404)),
        ("scheduler", "get_schedule", {"Name": "no"}, ("ResourceNotFoundException", 404)),
        ("s3", "get_object", {"Bucket": "no", "Key": "k"}, ("NoSuchBucket", 404)),
        ("s3", "list_objects_v2", {"Bucket": "N_O"}, ("NoSuchBucket", 404)),
        ("s3", "head_object", {"Bucket": "no", "Key": "k"}, ("404", 404)),
        ("s3", "head_bucket", {"Bucket": "no"}, ("404", 404)),
    ],
)
def test_an_error_has_its_code_and_status_in_each_protocol(
    server: ServerProcess,
    service: str,
    operation: str,
    params: dict[str, str],
    expected: tuple[str, int],
) -> None:
    code, _, status = refused(getattr(server.client(service), operation), **params)

    assert (code.rpartition(".")[2], status) in {
        expected,
        # boto3 shows the older name of this one.
        ("NonExistentQueue", 400) if expected[0] == "QueueDoesNotExist" else expected,
    }


TOKENS = ("abc", "W10", "WzFd", "e30", "WyJhIl0", "é", "9" * 300, "=")
LISTS = (
    *(("sqs", "list_queues", "NextToken"), ("sns", "list_topics", "NextToken")),
    *(("iam", "list_roles", "Marker"), ("lambda", "list_functions", "Marker")),
    *(("stepfunctions", "list_state_machines", "nextToken"), ("s3", "list_buckets", "")),
    *(("logs", "describe_log_groups", "nextToken"), ("scheduler", "list_schedules", "NextToken")),
    *(("cloudformation", "list_stacks", "NextToken"), ("cloudformation", "list_exports", "")),
)


@pytest.mark.parametrize(("service", "operation", "member"), LISTS)
def test_a_token_that_nobody_gave_out_is_refused_or_begins_a_page(
    server: ServerProcess, service: str, operation: str, member: str
) -> None:
    """
    A token is a place in a list: one that was made up may be a place too, but never a 500.
    """
    call = getattr(server.client(service), operation)
    for token in TOKENS:
        try:
            call(**{member or ("ContinuationToken" if service == "s3" else "NextToken"): token})
        except ClientError as error:
            assert 400 <= error.response["ResponseMetadata"]["HTTPStatusCode"] < 500
