"""
The checksum of an object from those of its parts, without reading it again.

A composite one is the checksum of the parts' checksums. For the CRCs that of the whole object
follows from the parts': appending n zero bytes to a message multiplies its CRC by a matrix.
"""

import base64
from collections.abc import Sequence

from lambent.services.s3.records import Content
from lambent.wire.checksums import checksum

_POLYNOMIALS = {
    "CRC32": (0xEDB88320, 32),
    "CRC32C": (0x82F63B78, 32),
    "CRC64NVME": (0x9A6C9329AC4BC9B5, 64),
}
_Matrix = list[int]


def default_type(algorithm: str) -> str:
    return "FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE"


def of_parts(parts: Sequence[Content], algorithm: str, checksum_type: str) -> dict[str, str]:
    """The checksum of the object that the parts are; empty where one of them has none."""
    if not algorithm or any(algorithm not in part.checksums for part in parts):
        return {}
    digests = [base64.b64decode(part.checksums[algorithm]) for part in parts]
    if checksum_type == "FULL_OBJECT" and algorithm in _POLYNOMIALS:
        sizes = [part.size for part in parts]
        return {algorithm: base64.b64encode(_combined(digests, sizes, algorithm)).decode()}
    whole = checksum(algorithm)
    for digest in digests:
        whole.update(digest)
    return {algorithm: f"{base64.b64encode(whole.digest()).decode()}-{len(parts)}"}


def _combined(digests: Sequence[bytes], sizes: Sequence[int], algorithm: str) -> bytes:
    polynomial, bits = _POLYNOMIALS[algorithm]
    value = int.from_bytes(digests[0], "big")
    for digest, size in zip(digests[1:], sizes[1:], strict=True):
        value = _after_zeros(value, size, polynomial, bits) ^ int.from_bytes(digest, "big")
    return value.to_bytes(bits // 8, "big")


def _after_zeros(value: int, size: int, polynomial: int, bits: int) -> int:
    """The CRC `value` after so many zero bytes: one squaring of the matrix a binary digit."""
    # One zero bit: shift, and the polynomial for the bit that falls out.
    matrix: _Matrix = [polynomial] + [1 << row for row in range(bits - 1)]
    for _ in range(3):
        matrix = _squared(matrix)
    while size:
        if size & 1:
            value = _times(matrix, value)
        matrix = _squared(matrix)
        size >>= 1
    return value


def _times(matrix: _Matrix, vector: int) -> int:
    result = 0
    for row in matrix:
        if not vector:
            break
        if vector & 1:
            result ^= row
        vector >>= 1
    return result


def _squared(matrix: _Matrix) -> _Matrix:
    return [_times(matrix, row) for row in matrix]
