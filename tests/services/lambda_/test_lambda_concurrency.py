"""Who may run how many invokes at once and a second, and which version of an alias is next."""

from collections import Counter
from dataclasses import replace

import pytest

from lambent.core.ids import new_uuid
from lambent.services.lambda_ import routing
from lambent.services.lambda_.concurrency import InFlight, Room
from lambent.services.lambda_.errors import TooManyRequests
from tests.conftest import World
from tests.services.lambda_.functions import call, create, zipped

KEY = ("000000000000", "us-east-1", "orders")
UNRESERVED = Room(KEY, "1", provisioned=0, reserved=False, on_demand=3)
RESERVED = replace(UNRESERVED, reserved=True, on_demand=2)


def reason(flight: InFlight, room: Room, now: float = 0.0) -> str:
    with pytest.raises(TooManyRequests) as refusal:
        flight.enter(room, now)
    return str(refusal.value.members["Reason"])


def test_a_function_has_no_more_than_it_has_reserved() -> None:
    flight = InFlight()
    seats = [flight.enter(RESERVED, 0.0) for _ in range(2)]

    assert reason(flight, RESERVED) == "ReservedFunctionConcurrentInvocationLimitExceeded"
    flight.leave(RESERVED, seats[0])
    assert flight.enter(RESERVED, 0.0) is False


def test_functions_without_a_reservation_share_the_account() -> None:
    flight = InFlight()
    other = replace(UNRESERVED, key=(*KEY[:2], "other"))
    for room in (UNRESERVED, other, other):
        flight.enter(room, 0.0)

    assert reason(flight, UNRESERVED) == "ConcurrentInvocationLimitExceeded"
    flight.enter(RESERVED, 0.0)


def test_provisioned_environments_come_first_and_leave_the_account_alone() -> None:
    flight = InFlight()
    room = replace(UNRESERVED, provisioned=2)

    assert [flight.enter(room, 0.0) for _ in range(5)] == [True, True, False, False, False]
    assert reason(flight, room) == "ConcurrentInvocationLimitExceeded"
    assert flight.running(KEY) == 5

    flight.leave(room, True)
    assert flight.enter(room, 0.0) is True


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (UNRESERVED, "FunctionInvocationRateLimitExceeded"),
        (RESERVED, "ReservedFunctionInvocationRateLimitExceeded"),
    ],
)
def test_requests_a_second_are_ten_for_each_concurrent_execution(room: Room, expected: str) -> None:
    flight = InFlight()
    for _ in range(room.on_demand * 10):
        flight.check_rate(room, 5.2)

    with pytest.raises(TooManyRequests) as refusal:
        flight.check_rate(room, 5.9)
    assert refusal.value.members["Reason"] == expected
    flight.check_rate(room, 6.0)


def test_a_function_grows_by_a_thousand_at_once_and_then_by_a_hundred_a_second() -> None:
    flight = InFlight()
    room = replace(UNRESERVED, on_demand=10_000)
    for _ in range(1_000):
        flight.enter(room, 0.0)

    assert reason(flight, room, 0.0) == "ConcurrentInvocationLimitExceeded"
    for _ in range(100):
        flight.enter(room, 1.0)
    assert reason(flight, room, 1.0) == "ConcurrentInvocationLimitExceeded"

    # What has run at once before can do so again.
    for _ in range(1_100):
        flight.leave(room, False)
    for _ in range(1_100):
        flight.enter(room, 1.0)


async def test_a_weighted_alias_splits_ten_thousand_invokes_by_its_weights(world: World) -> None:
    context = world.context
    await create(context, Publish=True)
    await world.settle()
    await call(context, "UpdateFunctionCode", FunctionName="orders", ZipFile=zipped("x = 1\n"))
    await world.settle()
    await call(context, "PublishVersion", FunctionName="orders")
    await world.settle()
    await call(
        context,
        "CreateAlias",
        FunctionName="orders",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.2}},
    )
    from lambent.services.lambda_ import invokables

    target = await invokables.get_target(context, "orders", "live")
    chosen = Counter(target.invokable_for(new_uuid()).version.version for _ in range(10_000))

    # Six standard deviations of a fair draw: it fails once in half a billion runs.
    assert abs(chosen["2"] - 2_000) < 240
    assert chosen["1"] + chosen["2"] == 10_000


def test_the_edges_of_the_draw_belong_to_the_right_version() -> None:
    weights = {"2": 0.25}

    assert routing.version_for("1", weights, 0.0) == "2"
    assert routing.version_for("1", weights, 0.2499) == "2"
    assert routing.version_for("1", weights, 0.25) == "1"
    assert routing.version_for("1", {"2": 0.0}, 0.0) == "1"
    assert routing.version_for("1", {"2": 1.0}, 0.9999) == "2"
