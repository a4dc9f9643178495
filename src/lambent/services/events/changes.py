"""Changes of buses, rules and targets, and the work that events make; within a transaction."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lambent.core.ids import uuid_from
from lambent.platform import Context
from lambent.services.events import event_records, rules, store
from lambent.services.events.errors import LimitExceeded, ManagedRule, ResourceNotFound
from lambent.services.events.records import Bus, Match, Rule
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.audience import audience_of


def find_bus(tx: Tx, context: Context, name: str) -> Bus | None:
    """The bus of a name or an ARN; the default one is there before anybody has changed it."""
    account, region, bus_name = rules.bus_place(name, context.account, context.region)
    bus = store.find_bus(tx, account, region, bus_name)
    if bus is None and bus_name == rules.DEFAULT_BUS:
        return Bus(account, region, bus_name)
    return bus


def get_bus(tx: Tx, context: Context, name: str) -> Bus:
    bus = find_bus(tx, context, name)
    if bus is None:
        _, _, bus_name = rules.bus_place(name, context.account, context.region)
        raise ResourceNotFound(f"Event bus {bus_name} does not exist.")
    return bus


def put_bus(tx: Tx, context: Context, bus: Bus) -> None:
    now = context.clock.now()
    store.put_bus(tx, replace(bus, created=bus.created or now, modified=now))


def put_rule(tx: Tx, context: Context, rule: Rule) -> None:
    """
    A new rule, or another version of a known one, which keeps its targets and its tags.
    """
    bus = get_bus(tx, context, rule.bus)
    known = store.find_rule(tx, bus, rule.name)
    if known is None:
        if store.count_rules(tx, bus) >= rules.MOST_RULES:
            raise LimitExceeded()
    else:
        check_not_managed(known, by=rule.managed_by)
        rule = replace(rule, tags=known.tags)
        _forget_firing(tx, known)
    replace_rule(tx, context, bus, rules.with_rhythm(rule, known, context.clock.now()))


def replace_rule(tx: Tx, context: Context, bus: Bus, rule: Rule) -> None:
    store.put_rule(tx, rule)
    _enqueue_firing(tx, context, rule)
    changed(tx, context, bus, rule.revision)


def set_state(tx: Tx, context: Context, bus: Bus, rule: Rule, state: str, revision: str) -> None:
    check_not_managed(rule)
    if rule.state == state:
        return
    _forget_firing(tx, rule)
    asked = replace(rule, state=state, revision=revision)
    replace_rule(tx, context, bus, rules.with_rhythm(asked, rule, context.clock.now()))


def remove_rule(tx: Tx, context: Context, bus: Bus, rule: Rule, revision: str) -> None:
    _forget_firing(tx, rule)
    store.remove_rule(tx, rule)
    changed(tx, context, bus, revision)


def check_not_managed(rule: Rule, *, by: str = "", force: bool = False) -> None:
    """AWS: a rule that a service made for itself is changed by that service, or by force."""
    if rule.managed_by and rule.managed_by != by and not force:
        raise ManagedRule(rule.name, rule.managed_by)


def changed(tx: Tx, context: Context, bus: Bus, revision: str) -> None:
    """The rules or targets of a bus are others now: whoever keeps them in memory reads anew."""
    if store.find_bus(tx, bus.account, bus.region, bus.name) is None:
        put_bus(tx, context, replace(bus, revision=revision))
    else:
        store.put_bus_revision(tx, bus, revision)
    if bus.name == rules.DEFAULT_BUS:
        audience = audience_of(context.platform.caches)
        audience.put(tx, bus.account, bus.region, _listened_to(tx, bus))


def _listened_to(tx: Tx, bus: Bus) -> set[str]:
    with_targets = {name for name, _ in store.list_targets_of_bus(tx, bus)}
    return {
        source
        for rule in store.list_rules(tx, bus, limit=10 * rules.MOST_RULES)
        if rule.pattern and rule.is_enabled and rule.name in with_targets
        for source in rules.sources_of(rule.pattern)
    }


# Schedules ------------------------------------------------------------------------------------


def fire(tx: Tx, context: Context, rule: Rule, scheduled: float) -> None:
    """The time has come: tell the rule's targets, and wait for its next time."""
    now = context.clock.now()
    event = event_records.new_event(
        uuid_from(rule.arn, rule.revision, str(scheduled)),
        source="aws.events",
        detail_type="Scheduled Event",
        account=rule.account,
        region=rule.region,
        time=scheduled,
        resources=[rule.arn],
        detail={},
        ingested=now,
    )
    key = uuid_from(rule.arn)
    enqueue_deliveries(
        tx, context, [Match(rule.arn, key, one, event) for one in store.list_targets(tx, rule)]
    )
    # Times that were missed while nothing ran are made up for once, not each.
    following = rules.following_time(rule, max(scheduled, now - 1.0))
    store.put_next_time(tx, rule, following)
    _enqueue_firing(tx, context, replace(rule, next_time=following))


def _enqueue_firing(tx: Tx, context: Context, rule: Rule) -> None:
    if rule.next_time is not None:
        payload = {
            "bus": rule.bus,
            "rule": rule.name,
            "revision": rule.revision,
            "scheduled": rule.next_time,
        }
        place = context.at(rule.account, rule.region)
        place.enqueue(tx, _firing_id(rule), "events.fire", payload, rule.next_time)


def _forget_firing(tx: Tx, rule: Rule) -> None:
    if rule.next_time is not None:
        queue.finish(tx, _firing_id(rule))


def _firing_id(rule: Rule) -> str:
    return f"events/{rule.arn}/{rule.revision}/{rule.next_time}"


# Deliveries -----------------------------------------------------------------------------------


def enqueue_deliveries(tx: Tx, context: Context, found: Iterable[Match]) -> None:
    """A row of work for each target that is to be told of an event."""
    for match in found:
        event = match.event
        payload: dict[str, Any] = {
            "id": event.id,
            "event": event.text,
            "rule": match.rule_arn,
            "target": match.target,
            "ingested": event.ingested,
            "since": context.clock.now(),
            "retries": 0,
        }
        if event.trace:
            payload["trace"] = event.trace
        if event.hops:
            payload["hops"] = event.hops
        # The same event may come again: by another bus, or in a replay.
        way = f"{event.hops}/{event.fields.get('replay-name', '')}"
        item_id = f"events/{event.id}/{way}/{match.rule_key}/{match.target['Id']}"
        context.enqueue(tx, item_id, "events.deliver", payload)
