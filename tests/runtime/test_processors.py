"""Functions' share of the processors."""

from collections.abc import Iterator

import pytest

from tests.runtime.conftest import Functions, started

BUSY = """
    import time
    def used_while(seconds):
        began, used = time.monotonic(), time.process_time()
        while time.monotonic() - began < seconds:
            pass
        return (time.process_time() - used) / seconds
    in_init = used_while(0.1)
    def handler(event, context):
        return [in_init, used_while(0.5)]
"""


@pytest.fixture(scope="module")
def limited(runner: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    folder = tmp_path_factory.mktemp("limited")
    yield from started(runner, folder, "namespaces", cpu="limited")  # type: ignore[arg-type]


@pytest.mark.parametrize(("memory", "most"), [(128, 0.2), (442, 0.45)])
async def test_a_function_is_held_to_its_share_where_the_settings_say_so(
    limited: Functions, memory: int, most: float
) -> None:
    """
    1,769 MB are a processor; so 128 MB have a fourteenth of it, and 442 MB a quarter.
    """
    _, used = await limited.answer(BUSY, memory_size=memory, timeout=30)
    capabilities = limited.runtime.capabilities

    said = any("more than their share of a processor" in each for each in capabilities.missing)
    assert used < most or said


async def test_a_share_is_no_limit_by_itself(contained: Functions) -> None:
    settings = [
        (folder / "cpu.cfs_quota_us", folder / "cpu.max")
        for folder in contained.runtime.control_groups()
    ]
    await contained.answer("def handler(event, context): return 1", memory_size=128)
    limits = [
        path.read_text().split()[0]
        for paths in settings
        for own in paths
        for path in own.parent.glob(f"*/{own.name}")
    ]

    assert set(limits) <= {"-1", "max"}
