"""The randomness of a transition, drawn at the edge: a transaction that runs again draws none."""

import random


def new_seed() -> int:
    """A number that no other transition has; it stamps the execution as well."""
    return random.getrandbits(62)
