"""What directives do in a run."""

from collections.abc import Callable
from typing import Any

from lambent.languages.velocity import values
from lambent.languages.velocity.expressions import Reference, Value
from lambent.languages.velocity.operators import truth
from lambent.languages.velocity.running import Broken, Defined, Run, Stopped

Block = Callable[[Run], None]

_NEITHER = object()


def set_to(target: Reference, value: Value) -> Block:
    place, last, name = target.place, target.last, target.name

    def assign(run: Run) -> None:
        run.step()
        given = value(run)
        if given is None:
            # Velocity does not set what has no value.
            return
        if place is None:
            run.variables[name] = given
        elif last is not None:
            values.set_member(place(run), last(run), given)

    return assign


def choose(branches: list[tuple[Value, Block]], otherwise: Block | None) -> Block:
    def run_one(run: Run) -> None:
        run.step()
        for condition, block in branches:
            if truth(condition(run)):
                block(run)
                return
        if otherwise is not None:
            otherwise(run)

    return run_one


def repeat(name: str, items: Value, body: Block) -> Block:
    def loop(run: Run) -> None:
        found = list(values.items_of(items(run)))
        run.touch(len(found))
        kept = {each: run.variables.get(each, _NEITHER) for each in (name, "foreach")}
        try:
            for index, item in enumerate(found):
                run.step()
                run.variables[name] = item
                more = index + 1 < len(found)
                run.variables["foreach"] = {
                    "index": index,
                    "count": index + 1,
                    "hasNext": more,
                    "first": index == 0,
                    "last": not more,
                    "parent": None if kept["foreach"] is _NEITHER else kept["foreach"],
                }
                run.variables["velocityCount"] = index + 1
                run.variables["velocityHasNext"] = more
                body(run)
        except Broken:
            pass
        finally:
            _restore(run, kept)

    return loop


def define(name: str, block: Block) -> Block:
    """The block is run where its name stands, with what the variables are by then."""
    defined = Defined(block)

    def keep(run: Run) -> None:
        run.variables[name] = defined

    return keep


def call(parameters: list[str], body: Block, arguments: list[Value]) -> Block:
    def run_macro(run: Run) -> None:
        run.step()
        given = [argument(run) for argument in arguments]
        kept = {each: run.variables.get(each, _NEITHER) for each in parameters}
        with run.deeper():
            try:
                for place, parameter in enumerate(parameters):
                    run.variables[parameter] = given[place] if place < len(given) else None
                body(run)
            finally:
                _restore(run, kept)

    return run_macro


def stop(run: Run) -> None:
    raise Stopped


def leave(run: Run) -> None:
    raise Broken


def _restore(run: Run, kept: dict[str, Any]) -> None:
    for name, value in kept.items():
        if value is _NEITHER:
            run.variables.pop(name, None)
        else:
            run.variables[name] = value
