"""Environments that are initialised before anybody calls."""

import asyncio
import json
import os
import signal

from lambent.runtime.api import FunctionVersion, Provisioned
from tests.runtime.conftest import Functions
from tests.runtime.test_environments import until

SOURCE = """
    import os, time
    began = time.time()
    def handler(event, context):
        time.sleep(event or 0)
        return [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"],
                os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]]
"""


def pids(functions: Functions, version: FunctionVersion) -> list[int]:
    return [
        each.pid
        for each in functions.runtime.environments()
        if each.key == version.key and each.initialization_type == "provisioned-concurrency"
    ]


async def test_provisioned_environments_are_initialised_ahead(functions: Functions) -> None:
    version = functions.function(SOURCE)
    provisioned = await functions.runtime.provision(version, 2)
    result = await functions.run(version)

    assert provisioned == Provisioned(2, 2, 2, "READY")
    assert json.loads(result.payload)[0] == "provisioned-concurrency"
    assert result.init_duration_ms is None
    assert b"Init Duration" not in result.log_tail
    assert not result.spilled_over
    await functions.runtime.provision(version, 0)


async def test_what_is_beyond_them_runs_on_demand_and_says_so(functions: Functions) -> None:
    version = functions.function(SOURCE)
    await functions.runtime.provision(version, 1)
    both = [asyncio.ensure_future(functions.run(version, 0.3)) for _ in range(2)]
    await until(lambda: functions.runtime.provisioned(version.key).available == 0)
    results = [await each for each in both]

    assert sorted(json.loads(result.payload)[0] for result in results) == [
        "on-demand",
        "provisioned-concurrency",
    ]
    assert sorted(result.spilled_over for result in results) == [False, True]
    await functions.runtime.provision(version, 0)


async def test_one_that_dies_is_replaced(functions: Functions) -> None:
    version = functions.function(SOURCE)
    await functions.runtime.provision(version, 1)
    [before] = pids(functions, version)

    os.kill(before, signal.SIGKILL)
    await until(lambda: before not in pids(functions, version))
    await until(lambda: functions.runtime.provisioned(version.key).available == 1)

    assert not (await functions.run(version)).spilled_over
    await functions.runtime.provision(version, 0)


async def test_fewer_are_kept_when_fewer_are_asked_for(functions: Functions) -> None:
    version = functions.function(SOURCE)
    await functions.runtime.provision(version, 3)
    assert await functions.runtime.provision(version, 1) == Provisioned(1, 1, 1, "READY")
    assert len(pids(functions, version)) == 1

    assert await functions.runtime.provision(version, 0) == Provisioned(0, 0, 0, "READY")
    await until(lambda: pids(functions, version) == [])


async def test_a_release_lets_what_runs_end(functions: Functions) -> None:
    version = functions.function(SOURCE)
    await functions.runtime.provision(version, 1)
    running = asyncio.ensure_future(functions.run(version, 0.3))
    await until(lambda: functions.runtime.provisioned(version.key).available == 0)

    await functions.runtime.provision(version, 0)

    assert (await running).function_error is None
    await until(lambda: pids(functions, version) == [])


async def test_code_that_cannot_be_initialised_cannot_be_provisioned(functions: Functions) -> None:
    version = functions.function("raise ValueError('no')")
    provisioned = await functions.runtime.provision(version, 1)

    assert provisioned == Provisioned(1, 0, 0, "FAILED", "ValueError")
    await functions.runtime.provision(version, 0)
