"""
What the wire costs: route, parse and write per call, and a model's first use.

    python -m benchmarks.wire
"""

import subprocess
import sys
import time
from collections.abc import Callable

import orjson

from lambent.wire.codec import codec
from lambent.wire.messages import HttpRequest
from lambent.wire.routing import route
from lambent.wire.signing import parse_credential, signing_key, verify

SERVICES = frozenset({"dynamodb", "iam", "lambda", "s3", "sns", "sqs", "stepfunctions", "sts"})
ROUNDS = 20_000
SCOPE = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250101/us-east-1/{}/aws4_request, "
SIGNED = "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
FLOORS = {"SQS SendMessage": 5, "batch of ten": 21, "PutItem": 14, "Invoke": 3, "PutObject": 10}


def headers(service: str, **more: str) -> dict[str, str]:
    return {
        "host": "127.0.0.1:4566",
        "accept-encoding": "identity",
        "user-agent": "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux lang/python#3.11",
        "x-amz-date": "20250101T000000Z",
        "authorization": SCOPE.format(service) + SIGNED,
        "amz-sdk-invocation-id": "00000000-0000-4000-8000-000000000000",
        "amz-sdk-request": "attempt=1",
        "content-length": "100",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def cases() -> dict[str, tuple[HttpRequest, dict[str, object]]]:
    entries = [{"Id": str(n), "MessageBody": "hello " * 5} for n in range(10)]
    sent = [{"Id": str(n), "MessageId": "m" * 36, "MD5OfMessageBody": "d" * 32} for n in range(10)]
    item = {
        "pk": {"S": "user#1"},
        "sk": {"S": "order#2025-01-01"},
        "total": {"N": "12.50"},
        "paid": {"BOOL": True},
        "lines": {"L": [{"M": {"sku": {"S": "abc"}, "n": {"N": "2"}}} for _ in range(3)]},
        "tags": {"SS": ["a", "b"]},
    }
    query = "http://127.0.0.1:4566/000000000000/queue"
    json = "application/x-amz-json-1.0"
    return {
        "SQS SendMessage": (
            HttpRequest(
                "POST",
                "/",
                "",
                headers("sqs", x_amz_target="AmazonSQS.SendMessage", content_type=json),
                orjson.dumps({"QueueUrl": query, "MessageBody": "hello " * 10}),
            ),
            {"MessageId": "m" * 36, "MD5OfMessageBody": "d" * 32},
        ),
        "batch of ten": (
            HttpRequest(
                "POST",
                "/",
                "",
                headers("sqs", x_amz_target="AmazonSQS.SendMessageBatch", content_type=json),
                orjson.dumps({"QueueUrl": query, "Entries": entries}),
            ),
            {"Successful": sent, "Failed": []},
        ),
        "PutItem": (
            HttpRequest(
                "POST",
                "/",
                "",
                headers("dynamodb", x_amz_target="DynamoDB_20120810.PutItem", content_type=json),
                orjson.dumps({"TableName": "orders", "Item": item, "ReturnValues": "ALL_OLD"}),
            ),
            {"Attributes": item},
        ),
        "Invoke": (
            HttpRequest(
                "POST",
                "/2015-03-31/functions/hello/invocations",
                "",
                headers("lambda", x_amz_invocation_type="RequestResponse"),
                b'{"a": 1}',
            ),
            {"StatusCode": 200, "Payload": b'{"ok": true}', "ExecutedVersion": "$LATEST"},
        ),
        "PutObject": (
            HttpRequest(
                "PUT",
                "/bucket/folder/key.txt",
                "",
                headers(
                    "s3",
                    content_type="text/plain",
                    x_amz_checksum_crc32="NhCmhg==",
                    x_amz_sdk_checksum_algorithm="CRC32",
                    x_amz_content_sha256="0" * 64,
                    x_amz_meta_owner="me",
                ),
                b"hello",
            ),
            {"ETag": '"abc"', "ChecksumCRC32": "NhCmhg==", "ChecksumType": "FULL_OBJECT"},
        ),
        "SQS SendMessage, query": (
            HttpRequest(
                "POST",
                "/",
                "",
                headers("sqs", content_type="application/x-www-form-urlencoded"),
                b"Action=SendMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Fx&MessageBody=hello",
            ),
            {"MessageId": "m" * 36, "MD5OfMessageBody": "d" * 32},
        ),
    }


def microseconds(run: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(ROUNDS // 5):
            run()
        best = min(best, (time.perf_counter() - start) / (ROUNDS // 5))
    return best * 1e6


def per_call() -> None:
    print(
        f"{'µs a call':26}{'route':>8}{'parse':>8}{'check':>8}{'write':>8}{'p + w':>8}{'floor':>8}"
    )
    for name, (request, reply) in cases().items():
        found = route(request, SERVICES)
        of = codec(found.service, found.operation, found.protocol)
        params = of.parse(request, found)
        of.check(params)
        costs = [
            microseconds(lambda request=request: route(request, SERVICES)),  # type: ignore[misc]
            microseconds(lambda of=of, request=request, found=found: of.parse(request, found)),  # type: ignore[misc]
            microseconds(lambda of=of, params=params: of.check(params)),  # type: ignore[misc]
            microseconds(lambda of=of, reply=reply: of.write(reply, "0" * 36)),  # type: ignore[misc]
        ]
        columns = [*costs, costs[1] + costs[3]]
        text = "".join(f"{cost:8.1f}" for cost in columns)
        print(f"{name:26}{text}{FLOORS.get(name, ''):>8}")
    request = cases()["SQS SendMessage"][0]
    credential = parse_credential(request)
    assert credential is not None
    signing_key("secret", credential.date, credential.region, credential.service)
    print(f"{'signature, key cached':26}{microseconds(lambda: _verified(request)):8.1f}")


def _verified(request: HttpRequest) -> None:
    try:
        verify(request, "secret", 1735689600.0)
    except Exception:
        return


FIRST_USE = """
import time
start = time.perf_counter()
from lambent.wire.model import service_model
from lambent.wire.codec import codec
imported = time.perf_counter()
service_model("{service}")
loaded = time.perf_counter()
codec("{service}", "{operation}", "{protocol}")
print(imported - start, loaded - imported, time.perf_counter() - loaded)
"""


def first_use() -> None:
    print(f"\n{'ms, in a new process':26}{'import':>8}{'load':>8}{'compile':>8}")
    for service, operation, protocol in (
        ("lambda", "CreateFunction", "rest-json"),
        ("s3", "PutObject", "rest-xml"),
        ("sqs", "SendMessage", "json"),
        ("dynamodb", "PutItem", "json"),
    ):
        runs = []
        for _ in range(5):
            code = FIRST_USE.format(service=service, operation=operation, protocol=protocol)
            out = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
            runs.append([float(part) * 1e3 for part in out.split()])
        best = [min(column) for column in zip(*runs, strict=True)]
        print(f"{service + ' ' + operation:26}" + "".join(f"{cost:8.1f}" for cost in best))


if __name__ == "__main__":
    per_call()
    first_use()
