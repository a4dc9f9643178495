"""The pure parts of a map run: batches, and cutting files into items."""

from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.asl.batches import batches
from lambent.services.stepfunctions.item_sources.files import Records
from lambent.services.stepfunctions.item_sources.lines import csv_records, json_lines

FIELDS = st.text(alphabet='ab",\n\rä', max_size=8)


def read_in_pieces(records: Records, data: bytes, size: int) -> list[str]:
    """As a source reads: from the place behind the last whole record, more when there is none."""
    found: list[str] = []
    at, most = 0, size
    while True:
        piece = data[at : at + most]
        ended = at + len(piece) >= len(data)
        some = list(records(piece, at, ended))
        found += [text for text, _ in some]
        if ended:
            return found
        if some:
            at, most = some[-1][1], size
        else:
            most *= 2


@given(st.lists(FIELDS), st.integers(1, 40))
def test_rows_are_the_same_however_a_csv_file_is_cut(fields: list[str], size: int) -> None:
    rows = ['"' + field.replace('"', '""') + '"' for field in fields]
    data = "\n".join(rows).encode()

    assert read_in_pieces(csv_records, data, size) == read_in_pieces(csv_records, data, 10_000)


@given(st.lists(st.sampled_from(["", "1", '"ä"', "[1, 2]"])), st.integers(1, 40))
def test_lines_are_the_same_however_a_file_is_cut(lines: list[str], size: int) -> None:
    data = "\n".join(lines).encode()

    assert read_in_pieces(json_lines, data, size) == [line for line in lines if line]


@given(st.lists(st.integers(1, 30)), st.integers(0, 5), st.integers(45, 90), st.booleans())
def test_batches_hold_all_items_in_order_and_no_more_than_they_may(
    lengths: list[int], most_items: int, most_bytes: int, ended: bool
) -> None:
    texts = ["1" * length for length in lengths]
    batcher = {"MaxItemsPerBatch": most_items, "MaxInputBytesPerBatch": most_bytes}

    made = list(batches(len(texts), texts.__getitem__, batcher, ended=ended))

    taken = sum(batch.items for batch in made)
    items = ",".join(batch.input.removeprefix('{"Items":[').removesuffix("]}") for batch in made)
    assert items == ",".join(texts[:taken])
    assert all(len(batch.input) <= most_bytes for batch in made)
    assert not most_items or all(batch.items <= most_items for batch in made)
    assert not ended or taken == len(texts)
