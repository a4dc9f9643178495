"""
Randomness by number: the same seed gives the same answers.

The service draws a seed outside the transaction and passes it in, so a transaction that is run
again comes to the same result.
"""

from random import Random


class Chance:
    """A seed, and what has been drawn from it so far."""

    __slots__ = ("_random", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random: Random | None = None

    def random(self) -> float:
        """At least 0, less than 1."""
        return self._generator().random()

    def bits(self, count: int) -> int:
        return self._generator().getrandbits(count)

    def uuid(self) -> str:
        """A version 4 UUID."""
        number = self.bits(128)
        number = number & ~(0xF << 76) | (4 << 76)
        number = number & ~(0x3 << 62) | (2 << 62)
        digits = f"{number:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def _generator(self) -> Random:
        if self._random is None:
            self._random = Random(self.seed)
        return self._random
