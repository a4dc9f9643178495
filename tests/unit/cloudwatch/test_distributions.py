"""Samples summed up."""

import pytest

from lambent.services.cloudwatch import distributions
from lambent.services.cloudwatch.statistics import parse, value_of


def test_a_few_values_are_kept_as_they_are() -> None:
    found = distributions.of_values({0.1: 2, 7.25: 1})

    assert found.spread == {0.1: 2, 7.25: 1}
    assert (found.samples, found.total, found.least, found.most) == (3, 7.45, 0.1, 7.25)


def test_of_many_values_percentiles_are_told_within_some_percent() -> None:
    values = {float(number): 1.0 for number in range(1, 50_001)}
    found = distributions.of_values(values)

    assert found.spread is not None
    assert len(found.spread) <= 400
    assert sum(found.spread.values()) == 50_000
    for percent in (1, 10, 50, 90, 99, 99.9):
        statistic = parse(f"p{percent}")
        assert statistic is not None
        assert value_of(statistic, found) == pytest.approx(percent * 500, rel=0.05)


def test_the_largest_range_of_values_stays_small() -> None:
    values = {2.0**exponent: 1.0 for exponent in range(-360, 361)}
    values |= {-value: 1.0 for value in values} | {0.0: 3.0}
    found = distributions.of_values(values)

    assert found.spread is not None
    assert len(found.spread) <= 400
    assert sum(found.spread.values()) == found.samples == 721 * 2 + 3


def test_merging_adds_what_was_counted() -> None:
    one = distributions.of_values({1.0: 2, 3.0: 1})
    other = distributions.of_values({3.0: 4, -1.0: 1})
    found = distributions.merged([one, other])

    assert found.spread == {1.0: 2, 3.0: 5, -1.0: 1}
    assert (found.samples, found.total, found.least, found.most) == (8, 16.0, -1.0, 3.0)


def test_merging_again_and_again_keeps_the_counts() -> None:
    found = distributions.of_values({0.5: 1})
    for number in range(1, 1_000):
        found = distributions.merged([found, distributions.of_values({number * 1.37: 1})])

    assert found.samples == 1_000
    assert found.spread is not None
    assert sum(found.spread.values()) == 1_000


def test_a_sum_of_different_values_has_no_percentiles() -> None:
    """
    AWS: they are known of single values, and of sums whose least value is the largest.
    """
    assert distributions.of_statistics(2, 5.0, 1.0, 4.0).spread is None
    assert distributions.of_statistics(2, 8.0, 4.0, 4.0).spread == {4.0: 2}
    both = [distributions.of_statistics(2, 5.0, 1.0, 4.0), distributions.of_values({1.0: 1})]
    assert distributions.merged(both).spread is None
