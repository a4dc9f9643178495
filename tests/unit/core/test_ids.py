"""Names for new things look as AWS's do."""

import re
import uuid

from lambent.core import ids

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_a_new_id_is_a_random_uuid() -> None:
    made = {ids.new_uuid() for _ in range(1_000)}

    assert len(made) == 1_000
    for one in made:
        assert _UUID.fullmatch(one)
        assert uuid.UUID(one).version == 4


def test_an_id_from_a_cause_is_the_same_for_the_same_cause() -> None:
    assert ids.uuid_from("a", "b") == ids.uuid_from("a", "b")
    assert ids.uuid_from("a", "b") != ids.uuid_from("ab", "")
    assert uuid.UUID(ids.uuid_from("a")).version == 4
