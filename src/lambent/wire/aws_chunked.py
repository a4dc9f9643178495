"""
`Content-Encoding: aws-chunked`: a body in chunks that may be signed, and trailers after it.

    5;chunk-signature=…\\r\\nhello\\r\\n0\\r\\nx-amz-checksum-crc32:NhCmhg==\\r\\n\\r\\n

Pure and incremental. Chunk signatures are read over, not checked: the request's own signature
has been, and the trailing checksum guards the content.
"""

from collections.abc import Mapping

from lambent.core.errors import ClientError

_LONGEST_LINE = 8 * 1024
_MOST_TRAILERS = 32


class IncompleteBody(ClientError):
    code = "IncompleteBody"


class MalformedChunk(ClientError):
    code = "InvalidRequest"


def is_aws_chunked(headers: Mapping[str, str]) -> bool:
    """Is the body of a request with these headers in chunks of AWS's?"""
    encodings = headers.get("content-encoding", "")
    return "aws-chunked" in encodings or headers.get("x-amz-content-sha256", "").startswith(
        "STREAMING-"
    )


def remaining_encoding(content_encoding: str) -> str:
    """The Content-Encoding of the content itself, which is what S3 keeps."""
    encodings = [part.strip() for part in content_encoding.split(",")]
    return ",".join(part for part in encodings if part and part != "aws-chunked")


class AwsChunkedDecoder:
    """
    Wire bytes in, in pieces of any size; content out.

    size line ──▶ content ──▶ end of chunk ──▶ size line … ──(size 0)──▶ trailers ──▶ done
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self._state = self._size_line
        self._left = 0
        self._is_done = False
        self.trailers: dict[str, str] = {}

    @property
    def is_complete(self) -> bool:
        return self._is_done

    def feed(self, received: bytes) -> bytes:
        """What of the content these bytes hold."""
        self._pending += received
        content: list[bytes] = []
        while self._state(content):
            pass
        return content[0] if len(content) == 1 else b"".join(content)

    def finish(self) -> None:
        """Raise unless the body was whole."""
        if self._state == self._trailer_line and not self._pending.strip():
            # Some clients leave out the last empty line.
            self._is_done = True
        if not self._is_done:
            raise IncompleteBody(
                "You did not provide the number of bytes specified by the Content-Length HTTP"
                " header"
            )

    def _line(self) -> bytes | None:
        end = self._pending.find(b"\n")
        if end < 0:
            if len(self._pending) > _LONGEST_LINE:
                raise MalformedChunk("A line of the chunked body is too long")
            return None
        line = bytes(self._pending[:end])
        del self._pending[: end + 1]
        return line.rstrip(b"\r")

    def _size_line(self, content: list[bytes]) -> bool:
        line = self._line()
        if line is None:
            return False
        digits = line.partition(b";")[0].strip()
        try:
            if not digits or len(digits) > 16 or not digits.isalnum():
                raise ValueError
            self._left = int(digits, 16)
        except ValueError:
            raise MalformedChunk("A chunk of the body has no size") from None
        self._state = self._content if self._left else self._trailer_line
        return True

    def _content(self, content: list[bytes]) -> bool:
        if not self._pending:
            return False
        taken = bytes(self._pending[: self._left])
        del self._pending[: len(taken)]
        self._left -= len(taken)
        content.append(taken)
        if not self._left:
            self._state = self._end_of_chunk
        return True

    def _end_of_chunk(self, content: list[bytes]) -> bool:
        line = self._line()
        if line is None:
            return False
        if line:
            raise MalformedChunk("A chunk of the body is longer than its size")
        self._state = self._size_line
        return True

    def _trailer_line(self, content: list[bytes]) -> bool:
        line = self._line()
        if line is None:
            return False
        if not line:
            self._is_done = True
            self._state = self._after_end
            return False
        name, _, value = line.decode("latin-1").partition(":")
        if name.strip().lower() != "x-amz-trailer-signature":
            self.trailers[name.strip().lower()] = value.strip()
        if len(self.trailers) > _MOST_TRAILERS:
            raise MalformedChunk("The body has too many trailers")
        return True

    def _after_end(self, content: list[bytes]) -> bool:
        self._pending.clear()
        return False
