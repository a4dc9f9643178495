"""What is written where, for each kind of control groups; in folders that are no groups."""

from pathlib import Path

import pytest

from lambent.runtime.sandbox.cgroups import Cgroup
from lambent.runtime.sandbox.hierarchies import Hierarchies, find_hierarchies

ALL = frozenset({"memory", "pids", "cpu"})


def written(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def limited(hierarchies: Hierarchies, memory: int = 442) -> Cgroup:
    group = Cgroup(hierarchies, "one")
    group.make()
    group.limit(memory, 512)
    group.limit_cpu(memory)
    return group


def test_version_2_has_all_in_one_folder(tmp_path: Path) -> None:
    hierarchies = Hierarchies(tmp_path, ALL, None, None, None)
    limited(hierarchies)

    assert hierarchies.kind == "v2"
    assert hierarchies.limits_memory
    assert hierarchies.limits_cpu
    # What is in /tmp is memory to the kernel, so there is room for it.
    assert written(tmp_path / "one") == {
        "pids.max": "1032",
        "memory.max": str((442 + 512) << 20),
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "cpu.weight": "24",
        "cpu.max": "4997 20000",
    }


def test_version_2_without_controllers_freezes_and_kills_only(tmp_path: Path) -> None:
    hierarchies = Hierarchies(tmp_path, frozenset(), None, None, None)
    group = limited(hierarchies)

    assert not hierarchies.limits_memory
    assert not hierarchies.limits_cpu
    assert written(tmp_path / "one") == {}
    assert group.freeze()
    assert written(tmp_path / "one") == {"cgroup.freeze": "1"}


def test_version_1_has_a_folder_for_each(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("unified", "memory", "pids", "cpu")]
    for folder in folders:
        folder.mkdir()
    hierarchies = Hierarchies(folders[0], frozenset(), *folders[1:])
    limited(hierarchies, 1769)

    assert hierarchies.kind == "hybrid"
    assert written(tmp_path / "pids/one") == {"pids.max": "1032"}
    assert written(tmp_path / "memory/one")["memory.limit_in_bytes"] == str((1769 + 512) << 20)
    assert written(tmp_path / "cpu/one") == {
        "cpu.shares": "1024",
        "cpu.cfs_period_us": "20000",
        "cpu.cfs_quota_us": "20000",
    }


@pytest.mark.parametrize("megabytes", [128, 10_240])
def test_a_share_stays_what_the_kernel_takes(tmp_path: Path, megabytes: int) -> None:
    limited(Hierarchies(tmp_path, ALL, None, None, None), megabytes)
    files = written(tmp_path / "one")

    assert 1 <= int(files["cpu.weight"]) <= 10_000
    assert int(files["cpu.max"].split()[0]) >= 1000


def test_without_groups_nothing_is_done_and_nothing_fails() -> None:
    group = limited(Hierarchies(None, frozenset(), None, None, None))

    assert not any((group.freeze(), group.thaw(), group.kill(), group.out_of_memory()))
    assert group.usage() == group.anonymous() == group.identity == 0
    assert group.open_entrances().all() == []
    assert group.remove()


@pytest.mark.parametrize("controller", ["", "memory"])
def test_a_container_that_sees_only_its_own_groups_uses_what_it_sees(
    tmp_path: Path, controller: str
) -> None:
    """
    The kernel names its group by the machine's path, which leads nowhere in the container.
    """
    mount = tmp_path / (controller or "unified")
    own = mount / "lambent-one"
    own.mkdir(parents=True)
    for folder in (mount, own):
        (folder / "cgroup.procs").touch()
    found = find_hierarchies("lambent-one", tmp_path, {controller: "/system.slice/its.scope"})

    assert [each for each in (found.unified, found.memory) if each is not None] == [own]


def test_groups_that_are_not_mounted_are_done_without(tmp_path: Path) -> None:
    everywhere = dict.fromkeys(("", "memory", "pids", "cpu"), "/of/somebody")

    assert find_hierarchies("lambent-one", tmp_path, everywhere).kind == "none"
    assert list(tmp_path.iterdir()) == []
