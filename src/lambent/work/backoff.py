"""How long to wait before the next try; pure."""


def exponential(attempt: int, *, first: float, rate: float = 2.0, most: float) -> float:
    """Seconds before try number `attempt` + 1: first, first*rate, … up to `most`."""
    # Beyond 64 doublings the float would overflow and `most` has long been reached.
    return float(min(most, first * rate ** min(attempt - 1, 64)))
