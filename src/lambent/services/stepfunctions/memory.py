"""
What this node keeps in memory of the executions it works on; the store stays the truth.

A copy is valid while the store has its `stamp`: each transition writes another random one, so a
copy that was made in a transaction that came to nothing, or before another node's transition, is
found out when it is used, and read again.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from lambent.languages import asl
from lambent.metrics import Subject
from lambent.platform import Platform
from lambent.services.stepfunctions import rules
from lambent.services.stepfunctions.execution_logs import Logging, find_logging
from lambent.services.stepfunctions.records import ExecutionArn
from lambent.services.stepfunctions.store import executions, machines, map_runs
from lambent.storage.database import Row, Tx
from lambent.traces import TraceContext, sampled
from lambent.work.audience import Audience, audience_of

_MOST_PROGRAMS = 2_000
# An idle copy is some kilobytes; what waits for long is read again when its time has come.
_MOST_RUNNING = 5_000
_MOST_PLANS = 200
_MOST_SUBJECTS = 5_000


@dataclass(frozen=True, slots=True)
class Program:
    """A revision, made ready to run. It never changes."""

    revision: str
    machine: asl.StateMachine
    role_arn: str
    logging: Logging | None
    initial: bool = False
    """Whether the state machine was created with it."""
    traced: bool = False
    """Whether its executions are told to X-Ray, unless their callers are not traced."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What never changes of a map run: what its children run, where they come from and go to."""

    number: int
    arn: str
    program: Program
    settings: dict[str, Any]
    """As the state's fields were evaluated: items or reader, batcher, writer."""
    machine: int
    machine_name: str
    """As the children's ARNs have it: `machine/label`."""
    account: str
    region: str
    express: bool
    version: int | None
    alias: str | None

    @property
    def machine_arn(self) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{self.machine_name}"


@dataclass(slots=True)
class Running:
    """An execution that is not over, as it was after its transition `stamp`."""

    number: int
    stamp: int
    account: str
    region: str
    program: Program
    execution: asl.Execution
    frames: dict[str, asl.Frame]
    # Whether rows of frames exist in the store.
    stored_frames: bool = True
    map_run: int | None = None
    """Of a child of a distributed Map: the number of its map run."""
    item_count: int = 0
    trace: TraceContext | None = None
    """Where it is told of, if it is."""


class Memory:
    def __init__(self, audience: Audience) -> None:
        # Who listens to what becomes of executions.
        self.audience = audience
        # What was read ahead of map runs; see item_sources.
        self.ahead: dict[int, Any] = {}
        # By whether they are Express: until when what has ended is known to be retired.
        self.retired_until: dict[bool, float] = {}
        # Until when what has begun is known to end after a year.
        self.expired_until = 0.0
        # What executions and tasks are counted about.
        self.subjects: dict[tuple[str | None, ...], Subject] = {}
        self._plans: OrderedDict[int, Plan] = OrderedDict()
        self._programs: OrderedDict[str, Program] = OrderedDict()
        self._running: OrderedDict[str, Running] = OrderedDict()

    def program(self, tx: Tx, revision: str) -> Program:
        program = self._programs.get(revision)
        if program is None:
            known = machines.get_revision(tx, revision)
            program = Program(
                revision,
                asl.parse(known.definition),
                known.role_arn,
                find_logging(known.logging),
                known.initial,
                bool(known.tracing.get("enabled")),
            )
            self._programs[revision] = program
            if len(self._programs) > _MOST_PROGRAMS:
                self._programs.popitem(last=False)
        return program

    def plan(self, tx: Tx, number: int) -> Plan:
        """Of a map run."""
        plan = self._plans.get(number)
        if plan is None:
            plan = self._plans[number] = self._read_plan(tx, number)
            if len(self._plans) > _MOST_PLANS:
                self._plans.popitem(last=False)
        return plan

    def _read_plan(self, tx: Tx, number: int) -> Plan:
        run = map_runs.map_run(tx, number)
        assert run is not None, f"the map run {number} is gone"
        parent = executions.get_execution_by_number(tx, run.execution)
        program = self.program(tx, run.revision)
        where = rules.execution_arn(run.execution_arn)
        return Plan(
            number=number,
            arn=run.arn,
            program=replace(program, machine=program.machine.child(run.region_path, run.state)),
            settings=map_runs.settings(tx, number),
            machine=run.machine,
            machine_name=f"{where.machine}/{run.label}",
            account=where.account,
            region=where.region,
            express=run.express,
            version=parent.version,
            alias=parent.alias,
        )

    def keep_subject(self, key: tuple[str | None, ...], subject: Subject) -> None:
        if len(self.subjects) >= _MOST_SUBJECTS:
            self.subjects.clear()
        self.subjects[key] = subject

    def find(self, arn: str) -> Running | None:
        return self._running.get(arn)

    def keep(self, running: Running) -> None:
        kept = self._running
        kept[running.execution.id] = running
        kept.move_to_end(running.execution.id)
        if len(kept) > _MOST_RUNNING:
            kept.popitem(last=False)

    def forget(self, arn: str) -> None:
        self._running.pop(arn, None)

    def load(self, tx: Tx, arn: str) -> Running | None:
        """Read an execution from the store; None when it has ended or never was."""
        row = executions.find_running(tx, arn)
        if row is None or row["status"] != "RUNNING":
            return None
        where = rules.execution_arn(arn)
        map_run_arn = None
        if row["map_run"] is None:
            program = self.program(tx, row["revision"])
        else:
            plan = self.plan(tx, row["map_run"])
            program, map_run_arn = plan.program, plan.arn
        running = Running(
            number=row["number"],
            stamp=row["stamp"],
            account=where.account,
            region=where.region,
            program=program,
            execution=_execution(where, program.role_arn, map_run_arn, row),
            frames=executions.frames(tx, row["number"]),
            map_run=row["map_run"],
            item_count=row["item_count"] or 0,
            trace=_find_trace(program, row),
        )
        self.keep(running)
        return running


def memory_of(platform: Platform) -> Memory:
    found = platform.caches.get("stepfunctions")
    if found is None:
        found = platform.caches["stepfunctions"] = Memory(audience_of(platform.caches))
    assert isinstance(found, Memory)
    return found


def _find_trace(program: Program, row: Row) -> TraceContext | None:
    # The children of map runs are not told of.
    if not program.traced or row["map_run"] is not None:
        return None
    return sampled(row["trace_header"])


def _execution(
    where: ExecutionArn, role_arn: str, map_run_arn: str | None, row: Row
) -> asl.Execution:
    machine_arn, version, alias = where.machine_arn, row["version"], row["alias"]
    return asl.Execution(
        id=row["arn"],
        name=row["name"],
        input=row["input"],
        role_arn=role_arn,
        started_at=row["started_at"],
        state_machine_id=machine_arn,
        state_machine_name=where.machine,
        last_event_id=row["last_event_id"],
        redrive_count=row["redrive_count"],
        redriven_at=row["redriven_at"],
        express=bool(row["express"]),
        map_run_arn=map_run_arn,
        state_machine_version_arn=None if version is None else f"{machine_arn}:{version}",
        state_machine_alias_arn=None if alias is None else f"{machine_arn}:{alias}",
    )
