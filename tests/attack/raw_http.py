"""Requests as bytes, for what no client library would send."""

import asyncio
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

_SIGNED = (
    "authorization: AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/{}/aws4_request,"
    " SignedHeaders=host, Signature=0\r\n"
)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True)
class RawRequest:
    name: str
    sent: bytes
    # A body that is broken off, or headers that never end: the client ends its side.
    is_cut: bool = False


async def answer(port: int, request: RawRequest, seconds: float = 5.0) -> bytes:
    """The first bytes of the answer; none where the server only closed the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        try:
            writer.write(request.sent)
            await writer.drain()
            if request.is_cut:
                writer.write_eof()
        except (ConnectionError, RuntimeError, OSError):
            # The server has answered and closed before it had read everything.
            pass
        async with asyncio.timeout(seconds):
            try:
                return await reader.read(65_536)
            except ConnectionError:
                return b""
    finally:
        writer.close()


def status_of(reply: bytes) -> int:
    found = _STATUS.match(reply)
    return int(found[1]) if found else 0


def made(
    method: str = "POST",
    path: str = "/",
    body: bytes = b"",
    *,
    signed: str = "",
    target: str = "",
    content_type: str = "",
    extra: str = "",
    length: bool = True,
) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
    if signed:
        head += _SIGNED.format(signed)
    if target:
        head += f"x-amz-target: {target}\r\n"
    if content_type:
        head += f"content-type: {content_type}\r\n"
    if length:
        head += f"content-length: {len(body)}\r\n"
    return (head + extra + "\r\n").encode("utf-8", "surrogateescape") + body


_JSON = "application/x-amz-json-1.0"
_FORM = "application/x-www-form-urlencoded"
_TARGETS = (
    "AmazonSQS.SendMessage",
    "AmazonSQS.CreateQueue",
    "AWSStepFunctions.CreateStateMachine",
    "AWSStepFunctions.StartExecution",
    "Logs_20140328.PutLogEvents",
)
_DEEP = 100_000
_BODIES: tuple[tuple[str, bytes], ...] = (
    ("empty", b""),
    ("truncated", b'{"QueueUrl": "a'),
    ("null", b"null"),
    ("a list", b"[]"),
    ("a number", b"1"),
    ("a text", b'"a"'),
    ("deep lists", b"[" * _DEEP + b"]" * _DEEP),
    ("deep objects", b'{"a":' * _DEEP + b"1" + b"}" * _DEEP),
    ("deep open", b"[" * _DEEP),
    ("invalid UTF-8", b'{"QueueName": "\xff\xfe"}'),
    ("a lone surrogate", b'{"QueueName": "\\ud800", "name": "\\udfff"}'),
    ("NUL", b'{"QueueName": "a\\u0000b", "name": "\\u0000"}'),
    ("duplicate keys", b'{"QueueName": 1, "QueueName": "made", "QueueName": null}'),
    ("a huge integer", b'{"MaxResults": ' + b"9" * 5_000 + b', "DelaySeconds": 1e400}'),
    ("NaN", b'{"DelaySeconds": NaN, "a": Infinity}'),
    ("a BOM", b'\xef\xbb\xbf{"QueueName": "made"}'),
    ("UTF-16", '{"QueueName": "made"}'.encode("utf-16")),
    ("comments", b'{"QueueName": "made" /* x */}'),
    ("two values", b"{}{}"),
    ("wrong types", b'{"QueueName": {}, "name": [], "definition": 1, "QueueUrl": true}'),
    ("XML", b"<?xml version='1.0'?><a/>"),
    ("a form", b"Action=CreateQueue&QueueName=made"),
    ("CBOR", b"\xbf\xff"),
    ("zeros", b"\x00" * 1_000),
)
_FORMS: tuple[bytes, ...] = (
    b"",
    b"Action=",
    b"Action=CreateQueue",
    b"Action=Nonsense&Version=2012-11-05",
    b"Action=CreateTopic&Name=%",
    b"Action=CreateTopic&Name=%zz%ff%00",
    b"Action=CreateTopic&Name=%ed%a0%80",
    b"Action=CreateTopic&Name=a&Name=b&Action=DeleteTopic",
    b"Action=CreateTopic&" + b"&" * 10_000,
    b"Action=CreateTopic&Name=a" + b"&x=y" * 200_000,
    b"Action=CreateTopic&Name=t&Attributes.entry.1.key=Policy&Attributes.entry.1.value={",
    b"Action=CreateTopic&Name=t&Tags.member.99999999999.Key=a",
    b"Action=CreateTopic&Name=t&Tags.member.-1.Key=a&Tags.member.x.Key=b&Tags.member=c",
    b"Action=CreateTopic&Name=t&Tags.member.1.Key.1.2.3.4=a&Tags.=1&.=2&..=3",
    b"Action=Publish&Message=" + b"x" * 300_000,
    b"Action=CreateRole&RoleName.member.1=a&Path.x=/",
    b"Action=CreateStack&StackName=s&TemplateBody=%5B%5B%5B&Parameters.member.1=x",
    b"Action=DescribeStacks&NextToken=%00&StackName=%F0%9F%98%80",
    b"\xff\xfe\x00=\xff",
    b"Action=" + b"a." * 100_000 + b"1=2",
    b"Action=CreateTopic&Name=t" + b"&Tags" + b".member.1" * 20_000 + b"=x",
)
_PATHS = (
    "/",
    "//",
    "/%",
    "/%zz",
    "/%00",
    "/%ff%fe",
    "/..%2f..%2fetc/passwd",
    "/bucket/../../etc/passwd",
    "/bucket/%2e%2e/%2e%2e/x",
    "/bucket/" + "k" * 5_000,
    "/" + "b" * 300 + "/k",
    "/bucket?list-type=9&max-keys=-1&continuation-token=%ff",
    "/bucket?max-keys=" + "9" * 300,
    "/bucket?uploads&policy&acl&cors",
    "/bucket/key?partNumber=x&uploadId=y",
    "/bucket/key?partNumber=0&uploadId=%00",
    "/bucket/key?versionId=%00",
    "/bucket/key?X-Amz-Credential=a&X-Amz-Expires=x&X-Amz-Date=y&X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "/bucket/key?X-Amz-Credential=a/b/c/s3/aws4_request&X-Amz-Expires=-1&X-Amz-Date=99999999T999999Z",
    "/bucket/key?AWSAccessKeyId=a&Expires=99999999999999999999&Signature=x",
    "/2015-03-31/functions/%00",
    "/2015-03-31/functions/" + "f" * 3_000,
    "/2015-03-31/functions/..%2f..%2fx/invocations",
    "/2015-03-31/functions/?MaxItems=x&Marker=%ff",
    "/2015-03-31/functions/?MaxItems=99999999999999999999",
    "/2017-03-31/tags/arn%3Aaws",
    "/schedules/%25%00?groupName=%ff",
    "/schedules?MaxResults=1e9&NextToken=%5B%5D",
    "/service//operation/",
    "/service/X/operation/Y",
    "/service/GraniteServiceVersion20100801/operation/PutMetricData",
    "/_lambent/",
    "/_lambent/%00/%00",
    "/_lambent/sns/confirm/%ff",
    "/_lambent/sns/__init__/x",
    "/_lambent/lambda/code/../../etc/passwd",
    "/_lambent/mail/messages/999999999999999999999",
    "/_lambent/mail/messages/%00",
    "/_lambent/clock",
    "/_lambent/health/x",
    "*",
    "http://[::1/",
    "/?" + "a=b&" * 10_000,
)
_S3_DOCUMENTS: tuple[bytes, ...] = (
    b"",
    b"<",
    b"<a/>",
    b"<Tagging/>",
    b"<Tagging><TagSet><Tag/></TagSet></Tagging>",
    b"<Delete>" + b"<Object>" * 5_000,
    b"<a>" * 100_000,
    b"\xff\xfe<a/>",
    b'<?xml version="1.0" encoding="nonsense"?><a/>',
    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    b'<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx">'
    + b"".join(
        b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1) if n else b"&a;") * 10) for n in range(12)
    )
    + b"]><Tagging><TagSet><Tag><Key>&a11;</Key></Tag></TagSet></Tagging>",
    b"<a>\x00</a>",
    b"<CompleteMultipartUpload><Part><PartNumber>x</PartNumber></Part></CompleteMultipartUpload>",
    b"<Delete><Object><Key>" + b"k" * 2_000 + b"</Key></Object></Delete>",
)

_HEADERS = (
    "a: " + "x" * 1_000_000 + "\r\n",
    "x-a: b\r\n" * 20_000,
    "a" * 100_000 + ": b\r\n",
    "no colon\r\n",
    ": nameless\r\n",
    "a : b\r\n",
    "a: b\rc: d\r\n",
    "a: \x00\r\n",
    "x-amz-meta-\udcff: \udcff\udcfe\r\n",
    "authorization: AWS4-HMAC-SHA256 Credential=\r\n",
    "authorization: AWS4-HMAC-SHA256 Credential=////////\r\n",
    "authorization: AWS4-HMAC-SHA256 Credential=a/b/\xff/sqs/x\r\n",
    "authorization: AWS :\r\n",
    "authorization: " + "," * 5_000 + "\r\n",
    "authorization: Bearer \udcff\r\n",
    "x-amz-security-token: \udcff\r\n",
    "host: [::1\r\n",
    "host: \udcff.s3.localhost\r\n",
    "host: .s3.localhost\r\n",
    "host: " + "a." * 500 + "s3.localhost\r\n",
    "expect: 100-continue\r\n",
    "expect: nonsense\r\n",
    "content-encoding: gzip\r\n",
    "content-encoding: nonsense\r\n",
    "upgrade: websocket\r\nconnection: upgrade\r\n",
    "range: bytes=99-1\r\nif-modified-since: never\r\nx-amz-date: \udcff\r\n",
    "if-modified-since: Mon, 99 Foo 99999 99:99:99 GMT\r\n",
    "x-amz-copy-source: %zz%ff%00\r\n",
    "x-amz-copy-source: bucket/key?versionId=%ff\r\n",
    "x-amz-tagging: a=b&c&=&%ff=%zz\r\n",
    "content-md5: \xff\r\n",
    "x-amz-checksum-crc32: !!!!\r\n",
    "x-amz-sdk-checksum-algorithm: NONSENSE\r\n",
    "x-amz-object-lock-retain-until-date: 99999-99-99\r\n",
    "x-amz-mfa: \r\nx-amz-expected-bucket-owner: x\r\n",
)
_NO_HTTP = (
    b"",
    b"\x00" * 1_000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/0.9\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET  / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n",
)


def requests() -> Iterator[RawRequest]:
    for target in _TARGETS:
        for name, body in _BODIES:
            sent = made(body=body, target=target, content_type=_JSON)
            yield RawRequest(f"{target}: {name}", sent)
    for target in ("", ".", "x", "AmazonSQS", "AmazonSQS.", "AmazonSQS.Nonsense", "Nope.X", "é.ü"):
        sent = made(body=b"{}", target=target, content_type=_JSON, signed="sqs")
        yield RawRequest(f"target {target!r}", sent)
    for kind in ("text/html", "", "application/x-amz-json-9.9", "multipart/form-data", "\xff", "x"):
        sent = made(body=b"{}", target=_TARGETS[0], content_type=kind)
        yield RawRequest(f"content type {kind!r}", sent)
    for service in ("sns", "iam", "cloudformation", "sqs", "sts", "monitoring"):
        for body in _FORMS:
            sent = made(body=body, content_type=_FORM, signed=service)
            yield RawRequest(f"form {service} {body[:60]!r}", sent)
    for path in _PATHS:
        for method in ("GET", "PUT", "HEAD", "DELETE"):
            for service in ("", "s3", "lambda", "scheduler"):
                body = b"x" if method == "PUT" else b""
                sent = made(method, path, body, signed=service)
                yield RawRequest(f"{method} {path[:60]} {service}", sent)
    for query in ("tagging", "delete", "cors", "lifecycle", "notification", "versioning", "acl"):
        for body in _S3_DOCUMENTS:
            method = "POST" if query == "delete" else "PUT"
            sent = made(method, f"/bucket?{query}", body, signed="s3")
            yield RawRequest(f"S3 {query} {body[:40]!r}", sent)
    yield from _odd_requests()


def _odd_requests() -> Iterator[RawRequest]:
    queue = made(body=b"{}", target=_TARGETS[1], content_type=_JSON)
    for method in ("BREW", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "X" * 5_000):
        yield RawRequest(f"method {method[:20]}", made(method, "/bucket/key", signed="s3"))
    chunked = "transfer-encoding: chunked\r\n"
    head = made(target=_TARGETS[1], content_type=_JSON, extra=chunked, length=False)
    yield RawRequest("chunks broken off", head + b"5\r\n{", is_cut=True)
    yield RawRequest("a chunk of no size", head + b"zz\r\n{}\r\n0\r\n\r\n")
    yield RawRequest("a chunk too long", head + b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n")
    yield RawRequest("a negative chunk", head + b"-1\r\n{}\r\n0\r\n\r\n")
    yield RawRequest("trailers", head + b"2\r\n{}\r\n0\r\na: b\r\n\r\n")
    both = made(target=_TARGETS[1], body=b"0\r\n\r\n", content_type=_JSON, extra=chunked)
    yield RawRequest("length and chunks", both)
    for length in ("-1", "x", "", "99999999999999999999", "1, 2", "+5"):
        extra = f"content-length: {length}\r\n"
        sent = made(target=_TARGETS[1], extra=extra, length=False) + b"{}"
        yield RawRequest(f"length {length}", sent, is_cut=True)
    short = made(target=_TARGETS[1], extra="content-length: 500\r\n", length=False)
    yield RawRequest("a body broken off", short + b'{"QueueName"', is_cut=True)
    aws = "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n"
    signed = b"5;chunk-signature=x\r\nabcde\r\n0\r\nbroken"
    for body in (b"", b"zz\r\n", b"5\r\nab", signed, b"0" * 99_999):
        for announced in ("5", "-5", "x", "99999999999999999999"):
            length = f"x-amz-decoded-content-length: {announced}\r\n"
            extra = f"{aws}content-encoding: aws-chunked\r\n{length}"
            sent = made("PUT", "/bucket/chunked", body, signed="s3", extra=extra)
            yield RawRequest(f"aws-chunked {body[:10]!r} {announced}", sent)
    for extra in _HEADERS:
        name = f"header {extra[:50]!r}"
        yield RawRequest(name, made("PUT", "/bucket/odd", b"x", signed="s3", extra=extra))
        yield RawRequest(name, made("GET", "/bucket/key", signed="s3", extra=extra))
        yield RawRequest(name, made(body=b"{}", target=_TARGETS[1], extra=extra))
    for sent in (*_NO_HTTP, b"\r\n\r\n\r\n" + queue, queue + queue, queue[:-20]):
        yield RawRequest(f"bytes {sent[:40]!r}", sent, is_cut=True)


def mutations(seed: int, count: int) -> Iterator[RawRequest]:
    """Good requests with some bytes flipped, dropped or doubled."""
    chance = random.Random(seed)
    sound = [request.sent for request in requests() if len(request.sent) < 2_000]
    for number in range(count):
        sent = bytearray(chance.choice(sound))
        for _ in range(chance.choice([1, 2, 5, 20])):
            if not sent:
                break
            place = chance.randrange(len(sent))
            match chance.randrange(3):
                case 0:
                    sent[place] = chance.randrange(256)
                case 1:
                    del sent[place : place + chance.choice([1, 1, 10])]
                case 2:
                    sent[place:place] = sent[place : place + 20]
        yield RawRequest(f"mutation {seed}/{number}", bytes(sent), is_cut=True)
