"""
What a notification configuration says: whether it may be put, and whom it has told; pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any
from urllib.parse import unquote_plus

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed
from lambent.services.s3.errors import InvalidArgument
from lambent.services.s3.records import Bucket

Configuration = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of destination, as the configuration and AWS's words call it."""

    listed_as: str
    member: str
    # The name of the element on the wire, which errors give.
    argument: str
    service: str
    noun: str


_KINDS = (
    Kind("LambdaFunctionConfigurations", "LambdaFunctionArn", "CloudFunction", "lambda", "Lambda"),
    Kind("QueueConfigurations", "QueueArn", "Queue", "sqs", "queue"),
    Kind("TopicConfigurations", "TopicArn", "Topic", "sns", "topic"),
)
_FAMILIES = {
    "ObjectCreated": ("*", "Put", "Post", "Copy", "CompleteMultipartUpload"),
    "ObjectRemoved": ("*", "Delete", "DeleteMarkerCreated"),
    "ObjectRestore": ("*", "Post", "Completed", "Delete"),
    "Replication": (
        "*",
        "OperationFailedReplication",
        "OperationNotTracked",
        "OperationMissedThreshold",
        "OperationReplicatedAfterThreshold",
    ),
    "LifecycleExpiration": ("*", "Delete", "DeleteMarkerCreated"),
    "ObjectTagging": ("*", "Put", "Delete"),
    "ObjectAnnotation": ("*", "Put", "Delete"),
    "ObjectAcl": ("Put",),
    "ObjectRetention": ("Put",),
}
_EVENTS = frozenset(
    {
        *("s3:ReducedRedundancyLostObject", "s3:LifecycleTransition", "s3:IntelligentTiering"),
        *(f"s3:{family}:{event}" for family, events in _FAMILIES.items() for event in events),
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is told of which events, of which keys."""

    id: str
    target: str
    events: tuple[str, ...]
    prefix: str
    suffix: str

    def wants(self, event: str, key: str) -> bool:
        """Whether it has to do with `event`, like `ObjectCreated:Put`, of that key."""
        return (
            key.startswith(self.prefix)
            and key.endswith(self.suffix)
            and any(_covers(asked, f"s3:{event}") for asked in self.events)
        )


@dataclass(frozen=True, slots=True)
class Notifications:
    """A configuration that can be asked."""

    rules: tuple[Rule, ...]
    to_event_bus: bool


@lru_cache(maxsize=1_024)
def compiled(document: str) -> Notifications:
    """What a configuration, as the store has it, says."""
    configuration = json.loads(document)
    rules = tuple(_rule(kind, one) for kind, one in listed(configuration))
    return Notifications(rules, "EventBridgeConfiguration" in configuration)


def listed(configuration: Configuration) -> Iterator[tuple[Kind, Mapping[str, Any]]]:
    """Its parts, each with the kind of its destination."""
    for kind in _KINDS:
        for one in configuration.get(kind.listed_as, ()):
            yield kind, one


def checked(
    configuration: Configuration, bucket: Bucket, new_id: Callable[[], str]
) -> dict[str, Any]:
    """The configuration as it is kept and shown. Raises InvalidArgument for what is wrong."""
    kept: dict[str, Any] = {}
    for kind, one in listed(configuration):
        _check_target(kind, one[kind.member], bucket)
        _check_events(one["Events"])
        named = {"Id": one.get("Id") or new_id(), **_with_filter(one)}
        kept.setdefault(kind.listed_as, []).append(named)
    _check_ids(kept)
    _check_overlaps([_rule(kind, one) for kind, one in listed(kept)])
    if configuration.get("EventBridgeConfiguration") is not None:
        kept["EventBridgeConfiguration"] = {}
    return kept


def unreachable(failures: list[tuple[str, str]]) -> InvalidArgument:
    """The refusal of destinations: their ARNs, and what is wrong with each."""
    members: dict[str, str] = {}
    for place, (target, words) in enumerate(failures, 1):
        members |= {f"ArgumentName{place}": target, f"ArgumentValue{place}": words}
    return InvalidArgument(
        "Unable to validate the following destination configurations", members=members
    )


def _rule(kind: Kind, one: Mapping[str, Any]) -> Rule:
    found = {"prefix": "", "suffix": ""}
    for rule in _filter_rules(one):
        # AWS: filters are written as keys are in events: a space as +, others in percents.
        found[rule["Name"].lower()] = unquote_plus(rule["Value"])
    return Rule(one["Id"], one[kind.member], tuple(one["Events"]), **found)


def _filter_rules(one: Mapping[str, Any]) -> list[Mapping[str, str]]:
    rules = one.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return list(rules)


def _with_filter(one: Mapping[str, Any]) -> dict[str, Any]:
    """Its filter as AWS shows it: names begin with a capital."""
    rules: list[dict[str, str]] = []
    for rule in _filter_rules(one):
        name = rule.get("Name", "").lower()
        if name not in ("prefix", "suffix"):
            raise _invalid(
                "filter rule name must be either prefix or suffix", "FilterRule.Name", name
            )
        if any(name == other["Name"].lower() for other in rules):
            raise _invalid(
                f"Cannot specify more than one {name} rule in a filter.", "FilterRule.Name", name
            )
        rules.append({"Name": name.capitalize(), "Value": rule.get("Value", "")})
    kept = {name: value for name, value in one.items() if name not in ("Id", "Filter")}
    return {**kept, "Filter": {"Key": {"FilterRules": rules}}} if rules else kept


def _check_target(kind: Kind, target: str, bucket: Bucket) -> None:
    try:
        arn = Arn.parse(target)
    except ValidationFailed:
        arn = None
    if arn is None or arn.service != kind.service or not arn.resource:
        raise _invalid("The ARN is not well formed", kind.argument, target)
    if arn.region != bucket.region:
        raise _invalid(
            "The notification destination service region is not valid for the bucket location"
            " constraint",
            kind.argument,
            target,
        )


def _check_events(events: list[str]) -> None:
    for event in events:
        if event not in _EVENTS:
            raise _invalid("A specified event is not supported for notifications.", "Event", event)


def _check_ids(kept: Configuration) -> None:
    known: set[str] = set()
    for _, one in listed(kept):
        if one["Id"] in known:
            raise _invalid(
                "Same ID used for multiple configurations. IDs must be unique", "Id", one["Id"]
            )
        known.add(one["Id"])


def _check_overlaps(rules: list[Rule]) -> None:
    for one, other in combinations(rules, 2):
        shared = _shared(one, other)
        if not shared or not _may_share_a_key(one, other):
            continue
        words = (
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if"
            " the prefixes are overlapping for the same event type."
        )
        if not (one.prefix or one.suffix or other.prefix or other.suffix):
            words = (
                "Configurations overlap. Configurations on the same bucket cannot share a common"
                " event type."
            )
        raise _invalid(words, "Event", ", ".join(shared))


def _shared(one: Rule, other: Rule) -> tuple[str, str] | None:
    """Two events of theirs, the one of which is or has the other."""
    for first in one.events:
        for second in other.events:
            if _covers(first, second) or _covers(second, first):
                return first, second
    return None


def _may_share_a_key(one: Rule, other: Rule) -> bool:
    return (one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)) and (
        one.suffix.endswith(other.suffix) or other.suffix.endswith(one.suffix)
    )


def _covers(asked: str, event: str) -> bool:
    return asked == event or (asked.endswith(":*") and event.startswith(asked[:-1]))


def _invalid(words: str, name: str, value: str) -> InvalidArgument:
    return InvalidArgument(words, members={"ArgumentName": name, "ArgumentValue": value})
