"""The steps of a map run, each one write: begin some children, redrive or stop some."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lambent.languages import asl
from lambent.languages.asl.batches import batches
from lambent.languages.asl.data import TooDeep, read, write
from lambent.platform import Context
from lambent.services.stepfunctions import changes, rules
from lambent.services.stepfunctions.item_sources.pages import Item, Place
from lambent.services.stepfunctions.map_runs import children, life
from lambent.services.stepfunctions.memory import Plan, Running, memory_of
from lambent.services.stepfunctions.records import MapRun
from lambent.services.stepfunctions.store import map_runs
from lambent.storage.database import Tx

# What one write begins at most: others shall have their turn.
_CHILDREN = 200

Verdict = Literal["read", "again", "results", "rest"]


@dataclass(frozen=True, slots=True)
class Step:
    """
    What a step has done, and what is to follow: read further items, another step, the results,
    or nothing until somebody wakes the map run.
    """

    verdict: Verdict
    run: MapRun | None = None
    used: int = 0
    """How many of the items that were read ahead it has taken."""


@dataclass(slots=True)
class Ahead:
    """Items that were read, but not taken yet; may be forgotten at any time."""

    place: str = "null"
    """Where the first of them begins, as the map run has it."""
    end: Place = None
    items: list[Item] = field(default_factory=list)
    last: bool = False

    @classmethod
    def at(cls, place: str) -> "Ahead":
        return cls(place, read(place))

    def take(self, used: int) -> None:
        if used:
            self.place = write(self.items[used - 1].place)
            del self.items[:used]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the parts of one step share."""

    tx: Tx
    context: Context
    plan: Plan
    seed: int
    now: float
    item_id: str

    def rest(self) -> Step:
        life.rest(self.tx, self.plan.number, self.item_id)
        return Step("rest")


def step(tx: Tx, *, context: Context, number: int, ahead: Ahead, seed: int, item_id: str) -> Step:
    """Go on with a map run as far as one write should."""
    run = map_runs.map_run(tx, number)
    if run is None:
        life.rest(tx, number, item_id)
        return Step("rest")
    now = context.clock.now()
    plan = memory_of(context.platform).plan(tx, number)
    turn = _Turn(tx, context, plan, seed, now, item_id)
    if run.status == "RUNNING" and not run.told:
        map_runs.put_map_run(tx, number, told=1)
        told = asl.MapRunStarted(run.frame, run.event, run.arn)
        changes.resume(tx, context, run.execution_arn, told, seed)
        return Step("again", run)
    if run.status != "RUNNING" or run.error is not None:
        return _stop_some(turn, run)
    if run.executions.pending_redrive:
        return _redrive_some(turn, run)
    if run.read_all:
        return _waits_for_children(turn, run)
    if ahead.place != run.place:
        return Step("read", run)
    return _begin_some(turn, run, ahead)


def _waits_for_children(turn: _Turn, run: MapRun) -> Step:
    return turn.rest() if run.executions.running else Step("results", run)


def _stop_some(turn: _Turn, run: MapRun) -> Step:
    if run.express:
        # AWS: Express executions cannot be stopped; they are waited for.
        waits = run.status != "RUNNING" or run.executions.running
        return turn.rest() if waits else Step("results", run)
    arns = map_runs.list_children(turn.tx, run.number, "RUNNING", _CHILDREN)
    for place, arn in enumerate(arns):
        changes.resume(turn.tx, turn.context, arn, asl.ExecutionStopped(), turn.seed + place)
    if len(arns) == _CHILDREN:
        return Step("again", run)
    return Step("results", run) if run.status == "RUNNING" else turn.rest()


def _redrive_some(turn: _Turn, run: MapRun) -> Step:
    room = rules.map_run_room(run)
    arns = map_runs.list_children(turn.tx, run.number, "PENDING_REDRIVE", min(room, _CHILDREN))
    for place, arn in enumerate(arns):
        children.redrive_child(turn.tx, turn.context, turn.plan, arn, turn.seed + place)
    return Step("again", run) if arns else turn.rest()


def _begin_some(turn: _Turn, run: MapRun, ahead: Ahead) -> Step:
    items, ended = _available(turn.plan, run, ahead)
    room = min(rules.map_run_room(run), _CHILDREN)
    counts = dict.fromkeys(("running", "succeeded", "failed"), 0)
    counts |= {f"items_{name}": 0 for name in counts}
    begun = used = 0
    try:
        texts = _texts(turn, run, items)
        for batch in batches(len(items), texts, turn.plan.settings["batcher"], ended=ended):
            if begun == room:
                break
            outcome = children.start_child(
                turn.tx, turn.context, turn.plan, batch.input, batch.items, turn.seed + begun
            )
            name = "running" if outcome is None else outcome.status.lower()
            counts[name] += 1
            counts[f"items_{name}"] += batch.items
            begun += 1
            used += batch.items
    except asl.StateFailed as failure:
        map_runs.put_map_run(turn.tx, run.number, error=failure.error, cause=failure.cause)
    read_all = ended and used == len(items)
    place = write(items[used - 1].place) if used else run.place
    known = max(run.items_known, run.items_read + len(items))
    map_runs.put_map_run(
        turn.tx,
        run.number,
        place=place,
        read_all=int(read_all),
        items_known=known,
        all_known=int(run.all_known or ended),
    )
    run = map_runs.count(turn.tx, run.number, {"items_read": used, **counts})
    run = life.judge(turn.tx, run)
    return Step(_verdict(turn, run, begun, room), run, used)


def _verdict(turn: _Turn, run: MapRun, begun: int, room: int) -> Verdict:
    if run.error is not None:
        return "again"
    if run.read_all:
        return _waits_for_children(turn, run).verdict
    if begun < room:
        return "read"
    return "again" if rules.map_run_room(run) else turn.rest().verdict


def pending_inputs(
    tx: Tx, *, context: Context, plan: Plan, run: MapRun, items: Sequence[Item]
) -> list[str]:
    """What children of these items, which follow those that were taken, would be given."""
    turn = _Turn(tx, context, plan, seed=plan.number, now=context.clock.now(), item_id="")
    try:
        texts = _texts(turn, run, items)
        batcher = plan.settings["batcher"]
        return [batch.input for batch in batches(len(items), texts, batcher, ended=True)]
    except asl.StateFailed:
        # What fails the whole map run has no input.
        return []


def _available(plan: Plan, run: MapRun, ahead: Ahead) -> tuple[Sequence[Item], bool]:
    """The items that may be taken now, and whether none will follow them."""
    reader = plan.settings["reader"] or {}
    most = int((reader.get("ReaderConfig") or {}).get("MaxItems") or 0)
    left = most - run.items_read if most else len(ahead.items) + 1
    if left <= len(ahead.items):
        return ahead.items[:left], True
    return ahead.items, ahead.last


def _texts(turn: _Turn, run: MapRun, items: Sequence[Item]) -> Callable[[int], str]:
    """An item as its child is to see it, by its place among these items."""
    if not turn.plan.settings["selects"]:
        return lambda index: _written(_plain(items[index]))
    parent = changes.current(turn.tx, turn.context, run.execution_arn)
    if parent is None:
        raise asl.StateFailed("States.Runtime", "The execution has ended.")
    chance = asl.Chance(turn.seed)
    return lambda index: _selected(turn, run, parent, items[index], index, chance)


def _selected(
    turn: _Turn, run: MapRun, parent: Running, item: Item, index: int, chance: asl.Chance
) -> str:
    try:
        return asl.select_item(
            parent.program.machine,
            parent.execution,
            parent.frames,
            run.frame,
            run.items_read + index,
            item.value,
            turn.now,
            chance,
            key=item.key,
            source=item.source,
        )
    except TooDeep as error:
        raise asl.StateFailed("States.Runtime", str(error)) from None


def _plain(item: Item) -> Any:
    return item.value if item.key is None else {"Key": item.key, "Value": item.value}


def _written(value: Any) -> str:
    try:
        return write(value)
    except TooDeep as error:
        raise asl.StateFailed("States.Runtime", str(error)) from None
