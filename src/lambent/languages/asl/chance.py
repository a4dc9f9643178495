"""
Randomness by number: the same seed gives the same answers.

The service draws a seed outside the transaction and passes it in, so a transaction that is run
again comes to the same result.
"""

import random
import uuid


class Chance:
    __slots__ = ("_random", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random: random.Random | None = None

    def random(self) -> float:
        """At least 0, less than 1."""
        if self._random is None:
            self._random = random.Random(self.seed)
        return self._random.random()

    def bits(self, count: int) -> int:
        if self._random is None:
            self._random = random.Random(self.seed)
        return self._random.getrandbits(count)

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.bits(128), version=4))
