"""
Which rules an event matches: patterns are compiled once and kept for as long as their bus's
revision stands, which every change of a rule or a target replaces.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lambent.core.ids import uuid_from
from lambent.languages.event_patterns import Matcher
from lambent.platform import Platform
from lambent.services.events import rules, store
from lambent.services.events.records import Bus, Event, Match
from lambent.storage.database import Tx

Place = tuple[str, str, str]

_MOST_BUSES = 1_000


@dataclass(frozen=True, slots=True)
class _Watch:
    """An enabled rule with targets."""

    rule_arn: str
    rule_key: str
    matches: Matcher
    targets: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Watched:
    revision: str
    watches: tuple[_Watch, ...]


def matches(
    tx: Tx,
    platform: Platform,
    place: Place,
    events: Iterable[Event],
    only: frozenset[str] | None = None,
) -> list[Match]:
    """
    What the rules of a bus (account, region, name) tell their targets of these events.

    `only` are the ARNs of the rules that count. A bus that does not exist tells nobody.
    """
    watched = _watched(tx, platform, place)
    return [
        Match(watch.rule_arn, watch.rule_key, target, event)
        for event in events
        for watch in watched
        if (only is None or watch.rule_arn in only) and watch.matches(event.fields)
        for target in watch.targets
    ]


def _watched(tx: Tx, platform: Platform, place: Place) -> tuple[_Watch, ...]:
    revision = store.find_bus_revision(tx, *place)
    if revision is None:
        return ()
    kept: dict[Place, _Watched] = platform.caches.setdefault("events", {})
    known = kept.get(place)
    if known is None or known.revision != revision:
        if len(kept) >= _MOST_BUSES:
            kept.clear()
        known = kept[place] = _Watched(revision, _read(tx, Bus(*place)))
    return known.watches


def _read(tx: Tx, bus: Bus) -> tuple[_Watch, ...]:
    targets: dict[str, list[Mapping[str, Any]]] = {}
    for name, target in store.list_targets_of_bus(tx, bus):
        targets.setdefault(name, []).append(target)
    return tuple(
        _Watch(
            rule.arn,
            uuid_from(rule.arn),
            rules.matcher_of(rule.pattern),
            tuple(targets[rule.name]),
        )
        for rule in store.list_rules(tx, bus, limit=10 * rules.MOST_RULES)
        if rule.pattern and rule.is_enabled and rule.name in targets
    )
