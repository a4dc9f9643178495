"""The statistics, by the examples of their documentation and by hand."""

import pytest

from lambent.services.cloudwatch import distributions
from lambent.services.cloudwatch.statistics import parse, value_of

TEN = distributions.of_values({float(value): 1.0 for value in range(1, 11)})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SampleCount", 10),
        ("Sum", 55),
        ("Average", 5.5),
        ("Minimum", 1),
        ("Maximum", 10),
        ("p0", 1),
        ("p10", 1),
        ("p50", 5),
        ("p50.1", 6),
        ("p90", 9),
        ("p99", 10),
        ("p100", 10),
        # The mean, the count and the sum of the lower nine tenths.
        ("tm90", 5),
        ("tc90", 9),
        ("ts90", 45),
        ("wm90", (45 + 9) / 10),
        ("TM(10%:90%)", 5.5),
        ("TM(:50%)", 3),
        ("TM(50%:)", 8),
        ("TM(2:5)", 4),
        ("TC(2:5)", 3),
        ("TS(2:5)", 12),
        ("PR(:3)", 30),
        ("PR(2:5)", 30),
        ("PR(8:)", 20),
        ("IQM", 5.5),
        ("iqm", 5.5),
        ("WM(2:5)", (2 + 2 + 3 + 4 + 5 * 6) / 10),
    ],
)
def test_values_of_one_to_ten(text: str, value: float) -> None:
    statistic = parse(text)
    assert statistic is not None
    assert value_of(statistic, TEN) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "average",
        "p",
        "p101",
        "px",
        "p-1",
        "p50.12345678901",
        "TM(10%:90)",
        "TM(90%:10%)",
        "TM(:)",
        "TM()",
        "TM(10%:101%)",
        "PR(10%:90%)",
        "ts50%",
        "median",
    ],
)
def test_what_is_no_statistic(text: str) -> None:
    assert parse(text) is None


def test_percentiles_are_not_told_of_negative_values() -> None:
    """AWS: with a negative value among the samples there are none."""
    percentile = parse("p50")
    assert percentile is not None
    assert value_of(percentile, distributions.of_values({-1.0: 1, 5.0: 1})) is None


def test_percentiles_are_not_told_of_mere_sums() -> None:
    percentile = parse("p50")
    assert percentile is not None
    assert value_of(percentile, distributions.of_statistics(2, 5.0, 1.0, 4.0)) is None


def test_a_value_that_is_counted_often_weighs_as_often() -> None:
    found = distributions.of_values({1.0: 99, 100.0: 1})
    for text, value in (("p99", 1), ("p99.5", 100), ("tm99", 1), ("PR(:1)", 99)):
        statistic = parse(text)
        assert statistic is not None
        assert value_of(statistic, found) == pytest.approx(value)
