"""
Which services call which: what GetTraceGraph and GetServiceGraph tell. Pure.

https://docs.aws.amazon.com/xray/latest/api/API_Service.html
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lambent.services.xray.traces import Document, Service, Trace, duration_of, end_of, parts


@dataclass(slots=True)
class _Figures:
    started: float = float("inf")
    ended: float = 0.0
    durations: list[float] = field(default_factory=list)
    errors: int = 0
    throttles: int = 0
    faults: int = 0

    def count(self, part: Document) -> None:
        self.started = min(self.started, float(part["start_time"]))
        self.ended = max(self.ended, end_of(part))
        self.durations.append(duration_of(part))
        self.throttles += bool(part.get("throttle"))
        self.faults += bool(part.get("fault"))
        self.errors += bool(part.get("error")) and not part.get("fault")

    @property
    def reply(self) -> dict[str, Any]:
        total = len(self.durations)
        return {
            "StartTime": self.started,
            "EndTime": self.ended,
            "SummaryStatistics": {
                "OkCount": total - self.errors - self.faults,
                "ErrorStatistics": {
                    "ThrottleCount": self.throttles,
                    "OtherCount": max(self.errors - self.throttles, 0),
                    "TotalCount": self.errors,
                },
                "FaultStatistics": {"OtherCount": self.faults, "TotalCount": self.faults},
                "TotalCount": total,
                "TotalResponseTime": round(sum(self.durations), 3),
            },
        }

    @property
    def histogram(self) -> list[dict[str, Any]]:
        return [
            {"Value": value, "Count": self.durations.count(value)}
            for value in sorted(set(self.durations))
        ]


def services(traces: Iterable[Trace]) -> list[dict[str, Any]]:
    """The nodes with their edges: segments, and what subsegments call that tells nothing itself."""
    nodes: dict[Service, _Figures] = {}
    edges: dict[tuple[Service, Service], _Figures] = {}
    roots: set[Service] = set()
    for trace in traces:
        _count(trace, nodes, edges, roots)
    numbers = {service: number for number, service in enumerate(nodes)}
    return [
        {
            "ReferenceId": numbers[service],
            **service.reply,
            "Root": service in roots,
            "State": "active",
            **figures.reply,
            "DurationHistogram": figures.histogram,
            "ResponseTimeHistogram": figures.histogram,
            "Edges": [
                {
                    "ReferenceId": numbers[to],
                    **between.reply,
                    "ResponseTimeHistogram": between.histogram,
                    "Aliases": [],
                }
                for (source, to), between in edges.items()
                if source == service
            ],
        }
        for service, figures in nodes.items()
    ]


def _count(
    trace: Trace,
    nodes: dict[Service, _Figures],
    edges: dict[tuple[Service, Service], _Figures],
    roots: set[Service],
) -> None:
    callers: dict[str, Document] = {}
    for segment in trace.segments:
        nodes.setdefault(trace.service(segment), _Figures()).count(segment)
        callers |= {part["id"]: segment for part in parts(segment)}
    if trace.root is not None:
        roots.add(trace.service(trace.root))
    called = set()
    for segment in trace.segments:
        caller = callers.get(str(segment.get("parent_id")))
        if caller is not None and caller is not segment:
            called.add(segment["parent_id"])
            pair = trace.service(caller), trace.service(segment)
            edges.setdefault(pair, _Figures()).count(segment)
    for segment in trace.segments:
        for part in parts(segment):
            # AWS: a call to what sends no segments is a node all the same.
            if part.get("namespace") in ("aws", "remote") and part["id"] not in called:
                to = Service(part["name"], _inferred_type(part), "")
                nodes.setdefault(to, _Figures()).count(part)
                edges.setdefault((trace.service(segment), to), _Figures()).count(part)


def _inferred_type(part: Document) -> str:
    return "remote" if part["namespace"] == "remote" else f"AWS::{part['name']}"
