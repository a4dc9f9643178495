"""Who needs whom: the order in which resources are made, and the circles that forbid one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lambent.languages.templates.document import Resource, Template
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.scope import Scope, is_present, unresolved

Graph = Mapping[str, tuple[str, ...]]

_VARIABLE = re.compile(r"\$\{\s*([A-Za-z0-9_.:]+)\s*\}")


def dependencies(scope: Scope) -> dict[str, tuple[str, ...]]:
    """Each resource of the stack with those that must stand before it, in the template's order."""
    present = {
        name: resource
        for name, resource in scope.template.resources.items()
        if is_present(scope, resource.condition)
    }
    graph = {name: _needs(scope, resource, present) for name, resource in present.items()}
    circle = _circle(graph)
    if circle:
        raise TemplateInvalid(f"Circular dependency between resources: [{', '.join(circle)}]")
    return graph


def check_circles(template: Template) -> None:
    """
    No resource waits for itself, as far as that can be told without parameters: a template with
    conditions may hold a circle of which one half is never there.
    """
    if not template.conditions:
        dependencies(Scope(template, dict.fromkeys(template.parameters), {}))


def _needs(scope: Scope, resource: Resource, present: Mapping[str, Resource]) -> tuple[str, ...]:
    needs: dict[str, None] = {}
    for name in resource.depends_on:
        if name not in scope.template.resources:
            raise unresolved([name], "Resources")
        # AWS: DependsOn on a resource whose condition does not hold is passed over.
        if name in present:
            needs[name] = None
    for name in references([resource.properties, resource.metadata], scope.conditions):
        if name in present:
            needs[name] = None
    return tuple(needs)


def references(written: Any, conditions: Mapping[str, bool]) -> Iterator[str]:
    """Every name that Ref, Fn::GetAtt and Fn::Sub mention, in the branches that hold."""
    if isinstance(written, list):
        for child in written:
            yield from references(child, conditions)
    elif isinstance(written, dict):
        if len(written) == 1:
            [(name, argument)] = written.items()
            match name, argument:
                case "Ref", str():
                    yield argument
                    return
                case "Fn::GetAtt", str():
                    yield argument.split(".", 1)[0]
                    return
                case "Fn::GetAtt", [str() as first, *others]:
                    yield first
                    yield from references(others, conditions)
                    return
                case "Fn::Sub", str():
                    yield from _mentioned(argument, {})
                    return
                case "Fn::Sub", [str() as text, dict() as own]:
                    yield from _mentioned(text, own)
                    yield from references(own, conditions)
                    return
                case "Fn::If", [str() as condition, then, otherwise] if condition in conditions:
                    yield from references(then if conditions[condition] else otherwise, conditions)
                    return
        for child in written.values():
            yield from references(child, conditions)


def _mentioned(text: str, own: Mapping[str, Any]) -> Iterator[str]:
    for match in _VARIABLE.finditer(text):
        if match[1] not in own:
            yield match[1].split(".", 1)[0]


def attribute_references(written: Any) -> Iterator[tuple[str, str]]:
    """Every resource and attribute that Fn::GetAtt mentions by plain names."""
    if isinstance(written, list):
        for child in written:
            yield from attribute_references(child)
    elif isinstance(written, dict):
        for name, child in written.items():
            match name, child:
                case "Fn::GetAtt", [str() as resource, str() as attribute]:
                    yield resource, attribute
                case "Fn::GetAtt", str() if "." in child:
                    resource, _, attribute = child.partition(".")
                    yield resource, attribute
                case _:
                    yield from attribute_references(child)


def check_references(template: Template) -> None:
    """
    Every name that is mentioned exists. Looks at all branches of every condition, as
    CloudFormation does before it knows the parameters.
    """
    known = {*template.resources, *template.parameters}
    blocks: dict[str, list[tuple[Any, list[str]]]] = {
        "Resources": [
            (resource.properties, list(resource.depends_on))
            for resource in template.resources.values()
        ],
        "Outputs": [(output, []) for output in template.outputs.values()],
    }
    for block, parts in blocks.items():
        missing: dict[str, None] = {}
        for written, needed in parts:
            for name in [*references(written, {}), *needed]:
                if name not in known and not name.startswith("AWS::"):
                    missing[name] = None
        if missing:
            raise unresolved(list(missing), block)
    for written in template.conditions.values():
        wrong = [name for name in references(written, {}) if name in template.resources]
        if wrong:
            raise TemplateInvalid(
                f"Template format error: Unresolved dependencies [{', '.join(wrong)}]. Cannot"
                " reference resources in the Conditions block of the template"
            )


def ordered(graph: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Every name after those that it needs; else in the order given."""
    done: dict[str, None] = {}
    for root in graph:
        stack = [root]
        while stack:
            name = stack[-1]
            waiting = [need for need in graph[name] if need not in done]
            if waiting:
                stack.append(waiting[0])
            else:
                done[name] = None
                stack.pop()
    return list(done)


def _circle(graph: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The resources that wait for each other, directly or not; none if an order exists."""
    waiting = {name: set(needs) for name, needs in graph.items()}
    for around in (waiting, _turned(waiting)):
        # What nobody in a circle needs, and what needs nobody in a circle, fall away.
        free = [name for name in waiting if not around[name] & waiting.keys()]
        while free:
            name = free.pop()
            if waiting.pop(name, None) is None:
                continue
            free.extend(
                other
                for other in waiting
                if name in around[other] and not around[other] & waiting.keys()
            )
    return [name for name in graph if name in waiting]


def _turned(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    turned: dict[str, set[str]] = {name: set() for name in graph}
    for name, needs in graph.items():
        for need in needs:
            if need in turned:
                turned[need].add(name)
    return turned


def needs_among(graph: Graph, chosen: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What each chosen one needs of the others, also by way of those that were not chosen."""
    among = set(chosen)
    return {name: tuple(_through(graph, name, among)) for name in graph if name in among}


def needed_by_among(graph: Graph, chosen: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The same for the order of taking down: whoever needs something goes before it."""
    needed_by: dict[str, list[str]] = {name: [] for name in chosen}
    among = set(needed_by)
    for name in needed_by:
        for need in _through(graph, name, among):
            if need != name:
                needed_by[need].append(name)
    return {name: tuple(names) for name, names in needed_by.items()}


def _through(graph: Graph, name: str, chosen: set[str]) -> list[str]:
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = list(graph.get(name, ()))
    while waiting:
        need = waiting.pop()
        if need in seen:
            continue
        seen.add(need)
        if need in chosen:
            found[need] = None
        else:
            waiting.extend(graph.get(need, ()))
    return list(found)
