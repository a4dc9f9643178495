"""
Every operation, called with what nobody should send: it answers, or it says why not.

The same calls in every run. `LAMBENT_ATTACK_ROUNDS` makes more of them.
"""

import os

import pytest

from lambent import registry
from tests.attack.outcome import Outcomes, listening
from tests.attack.params import Attacker
from tests.attack.world import fill
from tests.conftest import World

ROUNDS = int(os.environ.get("LAMBENT_ATTACK_ROUNDS", "12"))
# It waits for a minute when there is nothing to do, as it should.
_WAITING = frozenset({"GetActivityTask"})


@pytest.mark.parametrize("service", list(registry.SERVICES))
async def test_no_params_make_an_operation_fail_as_only_we_may(world: World, service: str) -> None:
    outcomes = Outcomes()
    with listening() as log:
        await fill(world.context)
        for attempt in range(ROUNDS):
            for name in registry.operations(service):
                if name in _WAITING:
                    continue
                attacker = Attacker(f"{attempt} {service} {name}", outcomes.heard)
                params = attacker.params(service, name)
                await outcomes.call(world.context, log, service, name, params)
            # What the calls have caused must not break either.
            await world.settle()
            outcomes.failures += log.records
            log.records.clear()
        await fill(world.context)
        message = {"QueueName": "afterwards"}
        await outcomes.call(world.context, log, "sqs", "CreateQueue", message)

    assert outcomes.failures == []
    assert outcomes.answered["sqs.CreateQueue"] > 0
