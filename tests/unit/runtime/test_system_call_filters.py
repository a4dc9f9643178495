"""The filter of system calls, run by an interpreter of the few steps that it has."""

import errno
import struct

import pytest

from lambent.runtime.sandbox.inside.seccomp import filter_program

ALLOW, KILL = 0x7FFF0000, 0x80000000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# read, execve, openat; then mount, unshare, keyctl; then socket.
NUMBERS = {
    "x86_64": ((0, 59, 257), (165, 272, 250), 41),
    "aarch64": ((63, 221, 56), (40, 97, 219), 198),
}


def refused_with(number: int) -> int:
    return 0x00050000 | number


def verdict(program: bytes, architecture: int, number: int, argument: int = 0) -> int:
    """What the kernel would do with a call."""
    steps = list(struct.iter_unpack("HBBI", program))
    told = struct.pack("<IIQQ", number, architecture, 0, argument)
    at = accumulator = 0
    while True:
        code, when_true, when_false, value = steps[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", told, value)
        elif code == 0x15:
            at += when_true if accumulator == value else when_false
        elif code == 0x35:
            at += when_true if accumulator >= value else when_false
        else:
            assert code == 0x06
            return int(value)


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_ordinary_calls_pass_and_others_do_not(machine: str) -> None:
    program, own = filter_program(machine), ARCHITECTURES[machine]
    ordinary, others, _ = NUMBERS[machine]

    assert [verdict(program, own, number) for number in ordinary] == [ALLOW] * 3
    assert [verdict(program, own, number) for number in others] == [refused_with(errno.EPERM)] * 3


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_only_sockets_of_ordinary_families_can_be_made(machine: str) -> None:
    program, own, number = filter_program(machine), ARCHITECTURES[machine], NUMBERS[machine][2]
    allowed = [family for family in range(64) if verdict(program, own, number, family) == ALLOW]

    assert allowed == [1, 2, 10, 16]
    assert verdict(program, own, number, 40) == refused_with(errno.EAFNOSUPPORT)


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_calls_of_another_kind_are_no_way_around_it(machine: str) -> None:
    """
    The 32-bit calls of the same processor, and the second set of numbers of x86_64.
    """
    program, own = filter_program(machine), ARCHITECTURES[machine]

    assert verdict(program, 0x40000003, 11) == KILL
    assert verdict(program, own, 0x40000000) == refused_with(errno.EPERM)


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_a_snapshot_may_mount_for_its_copies_and_nothing_else(machine: str) -> None:
    program, own = filter_program(machine, may_mount=True), ARCHITECTURES[machine]
    mount, unshare, keyctl = NUMBERS[machine][1]

    assert verdict(program, own, mount) == ALLOW
    assert {verdict(program, own, number) for number in (unshare, keyctl)} == {
        refused_with(errno.EPERM)
    }


def test_a_machine_that_is_not_known_has_no_filter() -> None:
    assert filter_program("riscv64") == b""
