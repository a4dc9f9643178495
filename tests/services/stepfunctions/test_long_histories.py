"""How the events of a transition are stored."""

from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.asl import HistoryEvent
from lambent.services.stepfunctions.store.histories import events_in, events_text

TEXTS = st.text(max_size=5) | st.sampled_from(["x" * 600, "ä" * 9_000, '{"a": null}' * 200])
DETAILS = st.dictionaries(
    st.sampled_from(["stateEnteredEventDetails", "b"]),
    st.dictionaries(
        st.text(max_size=3),
        TEXTS | st.none() | st.integers(-(2**63), 2**63 - 1) | st.just({"a": 1}),
    ),
    max_size=2,
)
EVENTS = st.lists(
    st.builds(HistoryEvent, st.integers(1, 9), st.integers(0, 9), st.floats(0, 9), TEXTS, DETAILS),
    max_size=8,
)


@given(EVENTS)
def test_events_are_read_as_they_were_written(events: list[HistoryEvent]) -> None:
    found = events_in(events_text(events))

    assert found == events
    for event, written in zip(found, events, strict=True):
        for name, detail in written.details.items():
            assert list(event.details[name]) == list(detail)


def test_what_states_hand_on_is_stored_once() -> None:
    data = "x" * 200_000
    events = [HistoryEvent(n, n - 1, 0.0, "T", {"d": {"input": data}}) for n in range(1, 12)]

    assert len(events_text(events)) < 201_500
