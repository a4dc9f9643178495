"""
What GetTraceSummaries tells of a trace. Pure.

https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html
"""

from collections import defaultdict
from typing import Any

from lambent.services.xray.traces import (
    Document,
    Service,
    Trace,
    annotations,
    exceptions,
    http_status,
    member,
    parts,
)

_HTTP = (("url", "HttpURL"), ("method", "HttpMethod"), ("user_agent", "UserAgent"))


def summary(trace: Trace) -> dict[str, Any]:
    root = trace.root or {}
    reply: dict[str, Any] = {
        "Id": trace.id,
        "StartTime": trace.started,
        "Duration": trace.duration,
        "ResponseTime": trace.response_time,
        # AWS: those of the root segment, whatever went wrong below it.
        "HasFault": bool(root.get("fault")),
        "HasError": bool(root.get("error")),
        "HasThrottle": bool(root.get("throttle")),
        "IsPartial": trace.is_partial,
        "Http": http(root),
        "Annotations": _annotations(trace),
        "Users": _users(trace),
        "ServiceIds": [service.reply for service in trace.services()],
        "ResourceARNs": [{"ARN": arn} for arn in resource_arns(trace)],
        "InstanceIds": [{"Id": one} for one in _places(trace, "instance_id")],
        "AvailabilityZones": [{"Name": one} for one in _places(trace, "availability_zone")],
        "FaultRootCauses": _root_causes(trace, "fault"),
        "ErrorRootCauses": _root_causes(trace, "error"),
        "ResponseTimeRootCauses": [],
    }
    if root:
        reply["EntryPoint"] = trace.service(root).reply
    return reply


def http(segment: Document) -> dict[str, Any]:
    request = member(member(segment, "http"), "request")
    found: dict[str, Any] = {
        spelt: str(request[name]) for name, spelt in _HTTP if request.get(name)
    }
    if request.get("client_ip"):
        found["ClientIp"] = str(request["client_ip"])
    status = http_status(segment)
    return found if status is None else {**found, "HttpStatus": status}


def resource_arns(trace: Trace) -> list[str]:
    arns = (segment.get("resource_arn") for segment in trace.segments)
    return list(dict.fromkeys(arn for arn in arns if isinstance(arn, str)))


def _annotations(trace: Trace) -> dict[str, Any]:
    found: defaultdict[str, dict[Any, dict[Service, None]]] = defaultdict(dict)
    for segment in trace.segments:
        service = trace.service(segment)
        for part in parts(segment):
            for name, value in annotations(part).items():
                # True and 1 are one key of a dict.
                found[name].setdefault((type(value), value), {})[service] = None
    return {
        name: [
            {
                "AnnotationValue": _annotation_value(value),
                "ServiceIds": [service.reply for service in services],
            }
            for (_, value), services in values.items()
        ]
        for name, values in found.items()
    }


def _annotation_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    if isinstance(value, int | float):
        return {"NumberValue": float(value)}
    return {"StringValue": str(value)}


def _users(trace: Trace) -> list[dict[str, Any]]:
    users: defaultdict[str, dict[Service, None]] = defaultdict(dict)
    for segment in trace.segments:
        if isinstance(segment.get("user"), str):
            users[segment["user"]][trace.service(segment)] = None
    return [
        {"UserName": name, "ServiceIds": [service.reply for service in services]}
        for name, services in users.items()
    ]


def _places(trace: Trace, name: str) -> list[str]:
    machines = (member(member(one, "aws"), "ec2") for one in trace.segments)
    return list(dict.fromkeys(str(one[name]) for one in machines if one.get(name)))


def _root_causes(trace: Trace, flag: str) -> list[dict[str, Any]]:
    """The services that failed, each with the path to the part of it that failed deepest."""
    services = []
    for segment in trace.segments:
        path = _failed_path(segment, flag)
        if path:
            entities = [_entity(part) for part in path]
            services.append(
                {**trace.service(segment).reply, "EntityPath": entities, "Inferred": False}
            )
    root = trace.root or {}
    return [{"Services": services, "ClientImpacting": bool(root.get(flag))}] if services else []


def _failed_path(segment: Document, flag: str) -> list[Document]:
    path: list[Document] = []
    part: Document | None = segment if segment.get(flag) else None
    while part is not None:
        path.append(part)
        below = part.get("subsegments") or ()
        part = next((one for one in below if one.get(flag)), None)
    return path


def _entity(part: Document) -> dict[str, Any]:
    return {
        "Name": part["name"],
        "Exceptions": [
            {"Name": str(one.get("type", "")), "Message": str(one.get("message", ""))}
            for one in exceptions(part)
        ],
        "Remote": bool(part.get("namespace")),
    }
