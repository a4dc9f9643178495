"""
Randomness by number: the same seed gives the same answers.

The service draws a seed outside the transaction and passes it in, so a transaction that is run
again comes to the same result. What is drawn is the seed's own hashes, one after the other.
"""

from hashlib import blake2b


class Chance:
    """A seed, and how often something has been drawn from it."""

    __slots__ = ("_drawn", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._drawn = 0

    def random(self) -> float:
        """At least 0, less than 1."""
        return self.bits(53) / (1 << 53)

    def bits(self, count: int) -> int:
        """A number of at most 128 bits."""
        self._drawn += 1
        digest = blake2b(f"{self.seed}/{self._drawn}".encode(), digest_size=16).digest()
        return int.from_bytes(digest, "big") >> (128 - count)

    def uuid(self) -> str:
        """A version 4 UUID."""
        number = self.bits(128)
        number = number & ~(0xF << 76) | (4 << 76)
        number = number & ~(0x3 << 62) | (2 << 62)
        digits = f"{number:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
