"""Event streams, chunked bodies and checksums: whole or in pieces, the same."""

import asyncio
import base64
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from lambent.core.errors import NotFound, NotSupported
from lambent.wire.aws_chunked import (
    AwsChunkedDecoder,
    IncompleteBody,
    MalformedChunk,
    is_aws_chunked,
    remaining_encoding,
)
from lambent.wire.checksums import checksum, checksum_base64
from lambent.wire.codec import codec
from lambent.wire.errors import Unreadable
from lambent.wire.event_stream import MessageDecoder, decode_messages, encode_message
from tests.unit.wire.streams import collected

PIECES = st.lists(st.binary(min_size=1, max_size=60), max_size=8)
HEADERS = st.dictionaries(
    st.sampled_from([":event-type", "a", "b-c", "long-" * 10]),
    st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.text(max_size=50),
        st.binary(max_size=50),
        st.uuids(),
    ),
    max_size=3,
)


def chunked(pieces: list[bytes], trailers: dict[str, str], *, is_signed: bool) -> bytes:
    extension = f";chunk-signature={'0' * 64}".encode() if is_signed else b""
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)
    lines = "".join(f"{name}:{value}\r\n" for name, value in trailers.items()).encode()
    return body + b"0" + extension + b"\r\n" + lines + b"\r\n"


@given(PIECES, st.booleans(), st.integers(1, 7))
def test_a_chunked_body_fed_whole_or_in_pieces_is_the_same(
    pieces: list[bytes], is_signed: bool, step: int
) -> None:
    trailers = {"x-amz-checksum-crc32": "NhCmhg=="}
    encoded = chunked(pieces, trailers, is_signed=is_signed)
    whole, in_pieces = AwsChunkedDecoder(), AwsChunkedDecoder()

    content = whole.feed(encoded)
    parts = [in_pieces.feed(encoded[at : at + step]) for at in range(0, len(encoded), step)]

    assert content == b"".join(parts) == b"".join(pieces)
    for decoder in (whole, in_pieces):
        decoder.finish()
        assert decoder.is_complete
        assert decoder.trailers == trailers


def test_the_body_that_boto3_sends_is_read() -> None:
    decoder = AwsChunkedDecoder()
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    assert decoder.feed(body) == b"hello"
    assert decoder.trailers == {"x-amz-checksum-crc32": checksum_base64("CRC32", b"hello")}


@given(PIECES, st.integers(min_value=1))
def test_a_body_cut_short_is_incomplete(pieces: list[bytes], cut: int) -> None:
    encoded = chunked(pieces, {}, is_signed=True)
    decoder = AwsChunkedDecoder()
    # Without its very last line it is still all there.
    decoder.feed(encoded[: (cut % (len(encoded) - 4))])
    with pytest.raises(IncompleteBody):
        decoder.finish()


@pytest.mark.parametrize("body", [b"zz\r\n", b"\r\n", b"-5\r\n", b"2\r\nabc\r\n", b"1" * 9000])
def test_chunks_that_are_none_are_refused(body: bytes) -> None:
    with pytest.raises(MalformedChunk):
        AwsChunkedDecoder().feed(body)


def test_chunked_bodies_are_known_by_their_headers() -> None:
    assert is_aws_chunked({"content-encoding": "aws-chunked"})
    assert is_aws_chunked({"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
    assert not is_aws_chunked({"content-encoding": "gzip"})
    assert remaining_encoding("aws-chunked, gzip") == "gzip"


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=30)), max_size=3))
def test_events_fed_whole_or_one_by_one_are_the_same(
    messages: list[tuple[dict[str, Any], bytes]],
) -> None:
    encoded = b"".join(encode_message(headers, payload) for headers, payload in messages)
    decoder = MessageDecoder()
    one_by_one = [message for byte in encoded for message in decoder.feed(bytes([byte]))]

    assert decode_messages(encoded) == one_by_one
    assert [(dict(message.headers), message.payload) for message in one_by_one] == messages


@given(HEADERS.filter(lambda headers: not any(isinstance(v, bool) for v in headers.values())))
def test_botocore_reads_our_events(headers: dict[str, Any]) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode_message(headers, b"payload"))
    (event,) = list(buffer)
    assert event.payload == b"payload"
    assert set(event.headers) == set(headers)


@given(st.binary(max_size=40), st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_event_is_noticed(payload: bytes, position: int, damage: int) -> None:
    encoded = bytearray(encode_message({":event-type": "x"}, payload))
    encoded[position % len(encoded)] ^= damage
    with pytest.raises(Unreadable):
        decode_messages(bytes(encoded))


def test_an_error_in_a_stream_ends_it_with_an_error_of_its_own() -> None:
    async def events() -> AsyncIterator[dict[str, Any]]:
        yield {"PayloadChunk": {"Payload": b"one"}}
        raise NotFound("gone", code="ResourceNotFoundException")

    reply = codec("lambda", "InvokeWithResponseStream", "rest-json").write(
        {"StatusCode": 200, "EventStream": events()}, "request-id"
    )
    assert not isinstance(reply.body, bytes)
    first, last = decode_messages(asyncio.run(collected(reply.body)))
    assert (first.headers[":event-type"], first.payload) == ("PayloadChunk", b"one")
    assert last.headers[":error-code"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("CRC32", "cbf43926"),
        ("CRC32C", "e3069283"),
        ("CRC64NVME", "ae8b14860a799888"),
        ("SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ("sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ],
)
def test_checksums_have_their_published_values(algorithm: str, digest: str) -> None:
    assert base64.b64decode(checksum_base64(algorithm, b"123456789")).hex() == digest


@given(st.lists(st.binary(max_size=40)), st.sampled_from(["CRC32", "CRC32C", "CRC64NVME"]))
def test_a_checksum_of_pieces_is_the_checksum_of_the_whole(
    pieces: list[bytes], algorithm: str
) -> None:
    incremental = checksum(algorithm)
    for piece in pieces:
        incremental.update(piece)
    whole = checksum(algorithm)
    whole.update(b"".join(pieces))
    assert incremental.digest() == whole.digest()
    if algorithm == "CRC32":
        assert incremental.digest() == zlib.crc32(b"".join(pieces)).to_bytes(4, "big")


def test_an_algorithm_that_we_lack_is_named() -> None:
    with pytest.raises(NotSupported, match="XXHASH64"):
        checksum("XXHASH64")
