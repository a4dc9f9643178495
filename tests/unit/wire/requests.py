"""Requests as clients send them, as short as a test can say them."""

from typing import Any
from urllib.parse import urlencode

import orjson

from lambent.wire.messages import HttpRequest

SERVICES = frozenset(
    {
        *("apigateway", "apigatewayv2", "cloudformation", "cloudwatch", "dynamodb", "events"),
        *("dynamodbstreams", "iam", "kinesis", "kms", "lambda", "logs", "pipes", "s3"),
        *("scheduler", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts", "xray"),
    }
)


def signed_for(service: str) -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/{service}/aws4_request,"
        " SignedHeaders=host, Signature=0"
    )


def rest(
    service: str | None, method: str, path: str, query: str = "", body: Any = b"", **headers: str
) -> HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if service is not None:
        named["authorization"] = signed_for(service)
    return HttpRequest(method, path, query, {"host": "127.0.0.1:4566", **named}, body)


def targeted(target: str, body: Any) -> HttpRequest:
    encoded = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.0"}
    return HttpRequest("POST", "/", "", headers, encoded)


def form(service: str | None, fields: dict[str, str]) -> HttpRequest:
    return rest(
        service,
        "POST",
        "/",
        body=urlencode(fields).encode(),
        content_type="application/x-www-form-urlencoded; charset=utf-8",
    )
