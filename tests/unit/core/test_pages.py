"""Page tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.core.errors import ValidationFailed
from lambent.core.pages import key_in, token_after


@given(st.lists(st.text() | st.integers(-(2**53), 2**53) | st.none(), min_size=1))
def test_a_token_gives_back_its_key(key: list[object]) -> None:
    assert key_in(token_after(*key)) == key


@pytest.mark.parametrize("token", ["", "abc", "é", "e30", "bnVsbA", "W10", "\udc80"])
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(ValidationFailed):
        key_in(token)
