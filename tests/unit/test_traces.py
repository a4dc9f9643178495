"""Segments in memory: what is recorded, what functions send, who is sampled."""

from collections.abc import Sequence

import orjson

from lambent.core.errors import ServerFault
from lambent.traces import Recorded, Traces

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
HEAD = b'{"format": "json", "version": 1}\n'


class Store:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.kept: list[Recorded] = []

    async def keep(self, recorded: Sequence[Recorded]) -> None:
        self.kept += recorded


def sent(**members: object) -> bytes:
    return HEAD + orjson.dumps({"trace_id": TRACE, **members})


async def test_what_is_recorded_is_written_once() -> None:
    store = Store()
    traces = Traces(store.keep)
    traces.record(Recorded("1", "here", {"id": "a"}))
    await traces.write()
    await traces.close()

    assert [one.document for one in store.kept] == [{"id": "a"}]


async def test_functions_are_heard_in_the_traces_that_they_run_in() -> None:
    store = Store()
    traces = Traces(store.keep)
    traces.expect(TRACE, "1", "here")
    for datagram in (
        b"",
        b"nonsense",
        HEAD + b"[]",
        HEAD + b"{",
        sent(trace_id="1-2-3"),
        sent(trace_id=7),
    ):
        traces.receive(datagram)
    traces.receive(sent(id="b"))
    await traces.close()

    (one,) = store.kept
    assert (one.account, one.region, one.document["id"]) == ("1", "here", "b")


async def test_what_functions_send_too_much_of_is_lost() -> None:
    store = Store()
    traces = Traces(store.keep)
    traces.expect(TRACE, "1", "here")
    for _ in range(400):
        traces.receive(sent(text="x" * 60_000))
    await traces.write()
    assert 200 < len(store.kept) < 300

    traces.receive(sent(id="later"))
    await traces.close()
    assert store.kept[-1].document["id"] == "later"


async def test_a_store_that_cannot_keep_them_loses_them_and_no_more() -> None:
    async def refuse(recorded: Sequence[Recorded]) -> None:
        raise ServerFault("full")

    traces = Traces(refuse)
    traces.record(Recorded("1", "here", {}))
    await traces.close()


def test_one_request_a_second_of_each_subject_is_sampled() -> None:
    traces = Traces()
    first = [traces.samples("one", 5.0 + number / 1_000) for number in range(200)]

    assert first[0] and traces.samples("two", 5.9)
    assert 0 < first.count(False) < 200
    assert traces.samples("one", 6.0)
