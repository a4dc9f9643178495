"""
The checksums that S3 knows, incremental and in base64 as its headers carry them.

CRC-32 and the hashes come with Python. CRC-32C and CRC-64/NVME are few requests' choice, so
their tables in Python will do; they are made on first use.
"""

import base64
import hashlib
import zlib
from collections.abc import Callable
from functools import cache
from typing import Protocol

from lambent.core.errors import NotSupported

_POLYNOMIALS = {"CRC32C": (0x82F63B78, 32), "CRC64NVME": (0x9A6C9329AC4BC9B5, 64)}
_HASHES: dict[str, Callable[[], "hashlib._Hash"]] = {
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": hashlib.md5,
}


class Checksum(Protocol):
    def update(self, content: bytes) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, content: bytes) -> None:
        self._value = zlib.crc32(content, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


@cache
def _tables(polynomial: int) -> list[list[int]]:
    """Eight tables: one for each byte of the eight that a step takes."""
    first = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        first.append(value)
    tables = [first]
    for _ in range(7):
        last = tables[-1]
        tables.append([(value >> 8) ^ first[value & 255] for value in last])
    return tables


class _TableCrc:
    def __init__(self, polynomial: int, bits: int) -> None:
        self._tables = _tables(polynomial)
        self._bits = bits
        self._mask = (1 << bits) - 1
        self._value = self._mask

    def update(self, content: bytes) -> None:
        t0, t1, t2, t3, t4, t5, t6, t7 = self._tables
        value = self._value
        whole = len(content) - len(content) % 8
        for start in range(0, whole, 8):
            eight = int.from_bytes(content[start : start + 8], "little") ^ value
            value = (
                t7[eight & 255]
                ^ t6[eight >> 8 & 255]
                ^ t5[eight >> 16 & 255]
                ^ t4[eight >> 24 & 255]
                ^ t3[eight >> 32 & 255]
                ^ t2[eight >> 40 & 255]
                ^ t1[eight >> 48 & 255]
                ^ t0[eight >> 56]
            )
        for byte in content[whole:]:
            value = (value >> 8) ^ t0[(value ^ byte) & 255]
        self._value = value

    def digest(self) -> bytes:
        return (self._value ^ self._mask).to_bytes(self._bits // 8, "big")


def checksum(algorithm: str) -> Checksum:
    """A fresh checksum of the algorithm that S3 calls by this name."""
    name = algorithm.upper()
    if name == "CRC32":
        return _Crc32()
    if name in _HASHES:
        return _HASHES[name]()
    if name in _POLYNOMIALS:
        return _TableCrc(*_POLYNOMIALS[name])
    raise NotSupported(f"Lambent does not have the checksum algorithm {algorithm}")


def checksum_base64(algorithm: str, content: bytes) -> str:
    made = checksum(algorithm)
    made.update(content)
    return base64.b64encode(made.digest()).decode("ascii")
