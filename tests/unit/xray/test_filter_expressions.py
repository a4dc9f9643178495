"""Filter expressions, against a trace of a workflow that calls a function."""

from typing import Any

import pytest

from lambent.services.xray import filter_expressions
from lambent.services.xray.errors import InvalidRequest
from lambent.services.xray.traces import Trace

TRACE = "1-5759e988-bd862e3fe1be46a994272793"


def part(number: int, name: str, **further: Any) -> dict[str, Any]:
    return {"id": f"{number:016x}", "name": name, "start_time": 100.0, "end_time": 101.0, **further}


def trace() -> Trace:
    front = part(
        1,
        "shop",
        end_time=103.5,
        origin="AWS::EC2::Instance",
        user="ada",
        fault=True,
        http={
            "request": {"url": "http://shop/orders", "method": "GET", "client_ip": "10.0.0.1"},
            "response": {"status": 500},
        },
        annotations={"order": 7, "kind": "book", "paid": True},
        subsegments=[
            part(2, "Lambda", namespace="aws", cause={"exceptions": [{"message": "out of paper"}]})
        ],
    )
    back = part(3, "print", parent_id=f"{2:016x}", origin="AWS::Lambda", error=True)
    return Trace(TRACE, [front, back], "111122223333")


@pytest.mark.parametrize(
    "expression",
    [
        "",
        'service("shop")',
        'SERVICE("print") { error = true }',
        'service("shop") { !error AND responsetime >= 3.5 }',
        'service(id(name: "print", type: "AWS::Lambda"))',
        'id(account.id: "111122223333")',
        'edge("shop", "print")',
        'edge("shop", id(type: "AWS::Lambda")) { error }',
        "fault",
        "fault = true",
        "!ok",
        "NOT ok && !throttle",
        "error OR fault",
        "responsetime > 3 AND duration <= 3.5",
        "http.status = 500",
        "http.status != 200",
        'http.url CONTAINS "orders"',
        'http.url BEGINSWITH "http://" AND http.method = "GET" AND http.clientip ENDSWITH ".1"',
        "annotation.order = 7",
        "annotation[order] >= 7",
        'annotation["kind"] = "book"',
        "annotation.paid = true",
        "annotation.kind",
        'user = "ada"',
        'message CONTAINS "paper"',
        'ok OR (fault AND (annotation.order > 100 OR annotation.kind BEGINSWITH "b"))',
        'type = "AWS::Lambda"',
    ],
)
def test_an_expression_that_is_true_of_the_trace_lets_it_through(expression: str) -> None:
    assert filter_expressions.parse(expression)(trace())


@pytest.mark.parametrize(
    "expression",
    [
        'service("nobody")',
        'service("shop") { error }',
        'edge("print", "shop")',
        "ok",
        "fault = false",
        "responsetime > 3.5",
        "http.status < 500",
        "annotation.paid = 1",
        'annotation.order = "7"',
        "annotation.nothing",
        "fault AND error",
        'user = "bob" OR partial',
    ],
)
def test_an_expression_that_is_not_true_of_it_does_not(expression: str) -> None:
    assert not filter_expressions.parse(expression)(trace())


@pytest.mark.parametrize(
    "expression",
    [
        "responsetime >",
        'responsetime > "3"',
        "http.url > 3",
        'http.url > "a"',
        "responsetime CONTAINS 3",
        "(fault",
        "fault)",
        "fault error",
        "annotation = 3",
        'group.name = "x"',
        "colour",
        "#",
        "3 = 3",
        "(" * 1_000 + "ok" + ")" * 999,
        "id",
        'service("a"',
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(InvalidRequest):
        filter_expressions.parse(expression)
