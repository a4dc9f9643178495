"""Whatever a user has stored, a header stays one line."""

import pytest

from lambent.wire.model import operation
from lambent.wire.rest_replies import header_writer


@pytest.mark.parametrize("text", ["a\r\nX-Injected: b", "a\x00b", "a\nb", "a\x7fb"])
def test_a_header_is_one_line(text: str) -> None:
    shape = operation("s3", "GetObject").output_shape
    assert shape is not None

    written = header_writer(shape.members["ContentType"])(text)

    assert not any(character < " " or character == "\x7f" for character in written)
    assert written.startswith("a ")
