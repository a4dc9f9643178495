"""java.util.Random's first double: what AWS gives for $random(seed)."""

_MULTIPLIER = 0x5DEECE66D
_MASK = (1 << 48) - 1


def first_double(seed: int) -> float:
    state = (seed ^ _MULTIPLIER) & _MASK
    state = (state * _MULTIPLIER + 0xB) & _MASK
    high = state >> (48 - 26)
    state = (state * _MULTIPLIER + 0xB) & _MASK
    low = state >> (48 - 27)
    return ((high << 27) + low) / float(1 << 53)
