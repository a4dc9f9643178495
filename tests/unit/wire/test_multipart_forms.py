"""Forms with files, however their bytes arrive."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.wire.multipart_forms import MalformedForm, MultipartForm, PartBegins, PartEnds, Told

CONTENT_TYPE = 'multipart/form-data; boundary="x-y"'
FORM = (
    b'--x-y\r\nContent-Disposition: form-data; name="key"\r\n\r\nfolder/${filename}'
    b'\r\n--x-y\r\ncontent-disposition: form-data; name="empty"\r\n\r\n'
    b"\r\n--x-y \r\nContent-Type: text/plain\r\n"
    b'Content-Disposition: form-data; name="file"; filename="a \\"b\\".txt"\r\n\r\n'
    b"one\r\n--x-\r\n--x-z\r\n\r\n--x-y--\r\nafterwards"
)


def told(pieces: list[bytes], content_type: str = CONTENT_TYPE) -> list[Told]:
    """With what belongs together put together."""
    form = MultipartForm(content_type)
    found: list[Told] = []
    for piece in pieces:
        for one in form.feed(piece):
            if isinstance(one, bytes) and found and isinstance(found[-1], bytes):
                found[-1] += one
            else:
                found.append(one)
    return found


WHOLE = [
    *(PartBegins("key", None), b"folder/${filename}", PartEnds()),
    *(PartBegins("empty", None), PartEnds()),
    *(PartBegins("file", 'a "b".txt'), b"one\r\n--x-\r\n--x-z\r\n", PartEnds()),
]


def test_parts_are_told_with_their_names_and_contents() -> None:
    assert told([FORM]) == WHOLE


@given(st.lists(st.integers(0, len(FORM)), max_size=12))
def test_however_a_form_is_cut_it_tells_the_same(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(FORM)]
    pieces = [FORM[start:end] for start, end in pairwise(ends)]
    assert told(pieces) == WHOLE


def test_a_name_needs_no_quotes() -> None:
    form = b"preamble\r\n--b\r\nContent-Disposition: form-data; name=key\r\n\r\nk\r\n--b--"
    assert told([form], "multipart/form-data; boundary=b") == [
        PartBegins("key", None),
        b"k",
        PartEnds(),
    ]


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("multipart/form-data", b""),
        (CONTENT_TYPE, b"--x-y\r\nContent-Type: text/plain\r\n\r\n"),
        (CONTENT_TYPE, b"--x-y\r\nContent-Disposition: form-data\r\n\r\n"),
        (CONTENT_TYPE, b"--x-y\r\nX: " + b"x" * 20_000),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, form: bytes) -> None:
    with pytest.raises(MalformedForm):
        told([form], content_type)
