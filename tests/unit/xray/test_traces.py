"""Traces as they are put together, and what is told of them."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.xray import documents, filter_expressions, graphs, summaries
from lambent.services.xray.records import Segment
from lambent.services.xray.traces import Trace, parts
from lambent.traces import TraceContext, parse_header

TRACE = "1-5759e988-bd862e3fe1be46a994272793"


def text(number: int, name: str = "one", **further: Any) -> str:
    document = {
        "id": f"{number:016x}",
        "trace_id": TRACE,
        "name": name,
        "start_time": 100.0 + number,
        "end_time": 110.0,
        **further,
    }
    return orjson.dumps(document).decode()


def below(number: int, parent: int, name: str = "part", **further: Any) -> str:
    return text(number, name, type="subsegment", parent_id=f"{parent:016x}", **further)


def test_subsegments_that_came_by_themselves_stand_in_their_segment() -> None:
    trace = Trace.parse(TRACE, [below(3, 2), text(1), below(2, 1), below(4, 99)])

    assert [one["id"][-1] for one in trace.segments] == ["1", "4"]
    assert [part["id"][-1] for part in parts(trace.segments[0])] == ["1", "2", "3"]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=8))
def test_no_parents_in_a_ring_make_a_trace_endless(family: list[tuple[int, int]]) -> None:
    """
    However parents are told, every document is in the trace once.
    """
    told = {number: below(number, parent) for number, parent in family}
    trace = Trace.parse(TRACE, list(told.values()))

    found = [part["id"] for one in trace.segments for part in parts(one)]
    assert sorted(found) == sorted(f"{number:016x}" for number in told)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["request", "response", "status", "ec2", "exceptions", "message", "a", "url"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
MEMBERS = ["http", "aws", "annotations", "cause", "user", "origin", "fault", "subsegments"]
FILTERS = [
    "annotation.a > 1",
    'message CONTAINS "a"',
    "http.status = 3",
    'user = "a"',
    "instance.id",
]


@given(st.dictionaries(st.sampled_from(MEMBERS), ANYTHING))
def test_a_segment_may_say_anything_in_its_members(members: dict[str, Any]) -> None:
    """
    What is kept can be read, in every way.
    """
    (one,) = documents.parse(text(1, **members))
    if isinstance(one, documents.Unprocessed):
        return
    trace = Trace.parse(TRACE, [one.document])

    orjson.dumps(summaries.summary(trace))
    orjson.dumps(graphs.services([trace]))
    for expression in FILTERS:
        filter_expressions.parse(expression)(trace)


def test_a_summary_is_of_the_root_segment_and_of_all_annotations() -> None:
    http = {"request": {"method": "GET", "url": "http://a/"}, "response": {"status": 429}}
    root = text(1, "front", http=http, error=True, throttle=True, annotations={"order": 7})
    back = text(
        2, "back", parent_id=f"{1:016x}", end_time=112.0, fault=True, annotations={"order": 7}
    )
    told = summaries.summary(Trace.parse(TRACE, [root, back]))

    assert (told["HasFault"], told["HasError"], told["HasThrottle"]) == (False, True, True)
    assert (told["ResponseTime"], told["Duration"]) == (9.0, 11.0)
    assert told["Http"] == {"HttpURL": "http://a/", "HttpMethod": "GET", "HttpStatus": 429}
    (order,) = told["Annotations"]["order"]
    assert order["AnnotationValue"] == {"NumberValue": 7.0}
    assert [one["Name"] for one in order["ServiceIds"]] == ["front", "back"]
    assert told["EntryPoint"]["Name"] == "front"
    assert told["FaultRootCauses"][0]["Services"][0]["EntityPath"][0]["Name"] == "back"


def test_a_graph_has_called_services_that_tell_nothing_themselves() -> None:
    calls = [
        orjson.loads(below(2, 1, "Lambda", namespace="aws")),
        orjson.loads(below(3, 1, "SQS", namespace="aws")),
    ]
    function = text(4, "print", parent_id=f"{2:016x}", fault=True)
    nodes = graphs.services([Trace.parse(TRACE, [text(1, "flow", subsegments=calls), function])])

    names = {node["ReferenceId"]: node["Name"] for node in nodes}
    assert sorted(names.values()) == ["SQS", "flow", "print"]
    (flow,) = [node for node in nodes if node["Root"]]
    assert sorted(names[edge["ReferenceId"]] for edge in flow["Edges"]) == ["SQS", "print"]
    (printing,) = [node for node in nodes if node["Name"] == "print"]
    assert printing["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1


def test_documents_are_refused_with_their_first_fault() -> None:
    wrong = {
        "ParseError": ["{", '"text"', "[3]"],
        "MissingId": ["[]", "{}"],
        "InvalidId": [text(1, id="x")],
        "InvalidTraceId": [text(1, trace_id="1-2-3")],
        "MissingTraceId": [text(1, trace_id="")],
        "MissingName": [text(1, "")],
        "InvalidName": [text(1, "x" * 201)],
        "MissingParentId": [text(1, type="subsegment")],
        "InvalidParentId": [text(1, parent_id="x")],
        "InvalidStartTime": [text(1, start_time="noon")],
        "InvalidEndTime": [text(1, end_time=1.0), text(1, end_time=None)],
        "InvalidSubsegments": [text(1, subsegments=[{"id": 3}]), text(1, subsegments="x")],
        "SegmentTooLarge": [text(1, metadata={"x": "y" * 70_000})],
    }
    for code, texts in wrong.items():
        for one in texts:
            (refused,) = documents.parse(one)
            assert isinstance(refused, documents.Unprocessed) and refused.code == code, one


def test_an_array_of_subsegments_is_many() -> None:
    found = list(documents.parse(f"[{below(2, 1)}, {below(3, 1)}]"))
    assert [one.id[-1] for one in found if isinstance(one, Segment)] == ["2", "3"]


def test_a_trace_header_says_what_it_says_in_any_order() -> None:
    assert parse_header("Sampled=1; Root=1-a-b;Self=x;Parent=p") == TraceContext("1-a-b", "p", True)
    assert parse_header("Root=1-a-b;Sampled=?") == TraceContext("1-a-b")
    assert parse_header("nonsense") is None
    assert parse_header(None) is None
    assert TraceContext("1-a-b", "p", True).header("q") == "Root=1-a-b;Parent=q;Sampled=1"
