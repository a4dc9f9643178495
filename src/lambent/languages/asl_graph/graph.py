"""A definition as a graph: its states, what is inside them, and the ways between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

State = dict[str, Any]
Way = Literal["start", "next", "choice", "default", "catch", "end"]

START = "\x00start"
END = "\x00end"


@dataclass(frozen=True, slots=True)
class Edge:
    source: str
    target: str
    way: Way
    label: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A state; a Map has one graph inside it and a Parallel has one a branch."""

    name: str
    type: str
    subtitle: str
    inside: tuple["Graph", ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def read_graph(definition: State) -> Graph:
    """The graph of a whole definition, from its start to its end."""
    inner = _read_scope(definition)
    edges = [Edge(START, definition.get("StartAt", ""), "start")]
    for name, state in definition.get("States", {}).items():
        if _is_terminal(state):
            edges.append(Edge(name, END, "end"))
    known = {node.name for node in inner.nodes} | {START, END}
    nodes = (Node(START, "Start", ""), *inner.nodes, Node(END, "End", ""))
    kept = tuple(edge for edge in (*edges, *inner.edges) if edge.target in known)
    return Graph(nodes, kept)


def _read_scope(definition: State) -> Graph:
    states: dict[str, State] = definition.get("States", {})
    nodes = tuple(_read_node(name, state) for name, state in states.items())
    edges = tuple(
        edge
        for name, state in states.items()
        for edge in _edges(name, state)
        # A definition that does not validate may name a state that is not there.
        if edge.target in states
    )
    return Graph(nodes, edges)


def _read_node(name: str, state: State) -> Node:
    inside: list[State] = []
    if state.get("Type") == "Parallel":
        inside = state.get("Branches", [])
    elif state.get("Type") == "Map":
        inside = [state.get("ItemProcessor") or state.get("Iterator") or {}]
    graphs = tuple(_read_scope(each) for each in inside)
    return Node(name, state.get("Type", ""), _subtitle(state), graphs)


def _is_terminal(state: State) -> bool:
    return bool(state.get("End")) or state.get("Type") in ("Succeed", "Fail")


def _edges(name: str, state: State) -> Iterator[Edge]:
    if "Next" in state:
        yield Edge(name, state["Next"], "next")
    for rule in state.get("Choices", ()):
        label = rule.get("Comment") or condition_text(rule)
        yield Edge(name, rule.get("Next", ""), "choice", label)
    if "Default" in state:
        yield Edge(name, state["Default"], "default", "otherwise")
    for catcher in state.get("Catch", ()):
        errors = ", ".join(catcher.get("ErrorEquals", ()))
        yield Edge(name, catcher.get("Next", ""), "catch", errors)


def _subtitle(state: State) -> str:
    """What a person wants to know of a state besides its name."""
    match state.get("Type"):
        case "Task":
            return _resource_text(str(state.get("Resource", "")))
        case "Wait":
            return _wait_text(state)
        case "Fail":
            return str(state.get("Error", "Fail"))
        case "Map":
            processor = state.get("ItemProcessor") or {}
            mode = (processor.get("ProcessorConfig") or {}).get("Mode", "INLINE")
            return "Distributed Map" if mode == "DISTRIBUTED" else "Map"
        case kind:
            return str(kind or "")


def _resource_text(resource: str) -> str:
    """`arn:aws:states:::aws-sdk:lambda:listFunctions` → `lambda:listFunctions`."""
    fields = resource.split(":", 5)
    if len(fields) < 6:
        return "Task"
    if fields[2] == "states" and fields[5].startswith("activity:"):
        return f"activity {fields[5].removeprefix('activity:')}"
    if fields[2] == "states":
        return fields[5].removeprefix("aws-sdk:")
    if fields[2] == "lambda":
        return f"function {fields[5].removeprefix('function:')}"
    return fields[5]


def _wait_text(state: State) -> str:
    if "Seconds" in state:
        return f"Wait {_expression(state['Seconds'])} s"
    for member in ("SecondsPath", "Timestamp", "TimestampPath"):
        if member in state:
            return f"Wait for {_expression(state[member])}"
    return "Wait"


_COMPARISONS = {
    "Equals": "==",
    "LessThan": "<",
    "LessThanEquals": "<=",
    "GreaterThan": ">",
    "GreaterThanEquals": ">=",
    "Matches": "matches",
}


def condition_text(rule: State) -> str:
    """What a choice rule asks, as a person would write it: `$.a == 1 and not $.b is null`."""
    if "Condition" in rule:
        return _expression(rule["Condition"])
    if "Not" in rule:
        return f"not ({condition_text(rule['Not'])})"
    for member, word in (("And", " and "), ("Or", " or ")):
        if member in rule:
            return word.join(_in_brackets(each) for each in rule[member])
    variable = str(rule.get("Variable", ""))
    for member, value in rule.items():
        if member.startswith("Is"):
            wanted = _words(member[2:])
            return f"{variable} is {'' if value else 'not '}{wanted}"
        for word, sign in sorted(_COMPARISONS.items(), key=lambda each: -len(each[0])):
            if member.removesuffix("Path").endswith(word):
                shown = value if member.endswith("Path") else _literal(value)
                return f"{variable} {sign} {shown}"
    return variable


def _in_brackets(rule: State) -> str:
    text = condition_text(rule)
    return f"({text})" if {"And", "Or"} & rule.keys() else text


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _words(camel: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in camel).strip()


def _expression(value: object) -> str:
    text = str(value).strip()
    if text.startswith("{%") and text.endswith("%}"):
        text = text[2:-2]
    return " ".join(text.split())
