"""ISO 8601 durations in seconds."""

import pytest

from lambent.core.durations import seconds_in
from lambent.core.errors import ValidationFailed


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT24H", 86_400), ("P1D", 86_400), ("P1W", 604_800), ("P1DT1M", 86_460), ("PT0.5S", 0.5)],
)
def test_a_duration_has_a_length(text: str, seconds: float) -> None:
    assert seconds_in(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "P1Y", "P1M", "-PT1H", "PT1H1D", "PT1,5S"])
def test_what_has_no_fixed_length_is_refused(text: str) -> None:
    with pytest.raises(ValidationFailed):
        seconds_in(text)
