"""From a definition that is right to a StateMachine: every field becomes a closure."""

import math
from typing import Any

from lambent.languages.asl.choice import compile_rule
from lambent.languages.asl.data import Data, write
from lambent.languages.asl.machine import (
    Assign,
    Catcher,
    ChoiceRule,
    ChoiceState,
    Distributed,
    FailState,
    MapState,
    ParallelState,
    PassState,
    Region,
    Retrier,
    State,
    StateMachine,
    SucceedState,
    TaskState,
    WaitState,
)
from lambent.languages.asl.resources import parse_resource
from lambent.languages.asl.result_path import compile_result_path
from lambent.languages.asl.scope import Scope
from lambent.languages.asl.templates import (
    Render,
    compile_jsonata,
    compile_path_or_intrinsic,
    compile_payload_template,
    compile_selection,
)
from lambent.languages.asl.values import (
    as_data,
    condition,
    items_field,
    map_limit,
    map_limit_at,
    number_field,
    text_field,
    wait_until,
)
from lambent.languages.asl.variables import variable_references

Definition = dict[str, Any]


def build(definition: Definition, text: str) -> StateMachine:
    """The definition has passed validation: what is not looked at here is known to be right."""
    builder = _Builder(definition.get("QueryLanguage") == "JSONata")
    builder.region(definition, "")
    return StateMachine(
        definition=text,
        start_at=definition["StartAt"],
        timeout_seconds=definition.get("TimeoutSeconds"),
        comment=definition.get("Comment"),
        query_language="JSONata" if builder.jsonata else "JSONPath",
        regions=builder.regions,
        variable_references=variable_references(definition),
    )


class _Builder:
    """Gathers regions while it walks the definition."""

    def __init__(self, jsonata: bool) -> None:
        self.jsonata = jsonata
        self.regions: dict[str, Region] = {}

    def region(self, definition: Definition, path: str) -> str:
        states = {
            name: self._state(name, state, f"{path}/States/{name}")
            for name, state in definition["States"].items()
        }
        self.regions[path] = Region(path, definition["StartAt"], states)
        return path

    def _state(self, name: str, state: Definition, path: str) -> State:
        language = state.get("QueryLanguage")
        jsonata = self.jsonata if language is None else language == "JSONata"
        common = _common(name, state, jsonata)
        match state["Type"]:
            case "Pass":
                result = Data(write(state["Result"])) if "Result" in state else None
                return PassState(**common, result=result)
            case "Succeed":
                return SucceedState(**common)
            case "Fail":
                return FailState(
                    **common,
                    error=text_field(state, "Error", jsonata),
                    cause=text_field(state, "Cause", jsonata),
                )
            case "Choice":
                return _choice(common, state, jsonata)
            case "Wait":
                return WaitState(**common, until=wait_until(state, jsonata))
            case "Task":
                return _task(common, state, jsonata)
            case "Parallel":
                branches = tuple(
                    self.region(branch, f"{path}/Branches[{index}]")
                    for index, branch in enumerate(state["Branches"])
                )
                return ParallelState(**common, branches=branches)
            case _:
                field = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
                processor = self.region(state[field], f"{path}/{field}")
                return _map(common, state, jsonata, processor)


def _common(name: str, state: Definition, jsonata: bool) -> dict[str, Any]:
    common: dict[str, Any] = {
        "name": name,
        "kind": state["Type"],
        "jsonata": jsonata,
        "next": state.get("Next"),
        "assign": _assign(state, jsonata, ""),
        "retriers": tuple(_retrier(retrier) for retrier in state.get("Retry", ())),
        "catchers": tuple(
            _catcher(catcher, jsonata, index)
            for index, catcher in enumerate(state.get("Catch", ()))
        ),
    }
    if jsonata:
        if "Arguments" in state:
            common["prepare"] = compile_jsonata(state["Arguments"], "Arguments")
        if "Output" in state:
            common["finish"] = compile_jsonata(state["Output"], "Output")
        return common
    has_selector = state["Type"] == "Map"
    common["prepare"] = _then(
        compile_selection(state.get("InputPath", "$")),
        compile_payload_template(state["Parameters"])
        if "Parameters" in state and not has_selector
        else None,
    )
    common["finish"] = _then(
        _then(
            compile_payload_template(state["ResultSelector"])
            if "ResultSelector" in state
            else None,
            compile_result_path(state.get("ResultPath", "$")),
        ),
        compile_selection(state.get("OutputPath", "$")),
    )
    return common


def _then(first: Render | None, second: Render | None) -> Render | None:
    if first is None or second is None:
        return first or second
    return lambda scope, data: second(scope, first(scope, data))


def _assign(state: Definition, jsonata: bool, prefix: str) -> Assign | None:
    if not state.get("Assign"):
        return None
    renders: list[tuple[str, Render]] = []
    for name, value in state["Assign"].items():
        if jsonata:
            renders.append((name, compile_jsonata(value, f"{prefix}Assign/{name}")))
        elif name.endswith(".$"):
            evaluate = compile_path_or_intrinsic(value, name)
            renders.append((name[:-2], as_data(evaluate)))
        else:
            renders.append((name, compile_payload_template(value)))
    return lambda scope, data: {name: render(scope, data) for name, render in renders}


def _retrier(retrier: Definition) -> Retrier:
    return Retrier(
        errors=frozenset(retrier["ErrorEquals"]),
        interval=retrier.get("IntervalSeconds", 1),
        max_attempts=retrier.get("MaxAttempts", 3),
        backoff=retrier.get("BackoffRate", 2.0),
        max_delay=retrier.get("MaxDelaySeconds"),
        jitter=retrier.get("JitterStrategy") == "FULL",
    )


def _catcher(catcher: Definition, jsonata: bool, index: int) -> Catcher:
    location = f"Catch[{index}]"
    output: Render | None
    if jsonata:
        output = (
            compile_jsonata(catcher["Output"], f"{location}/Output")
            if "Output" in catcher
            else None
        )
    else:
        output = compile_result_path(catcher.get("ResultPath", "$"))
    return Catcher(
        errors=frozenset(catcher["ErrorEquals"]),
        next=catcher["Next"],
        output=output,
        assign=_assign(catcher, jsonata, f"{location}/"),
        location=location,
    )


# States --------------------------------------------------------------------------------------


def _choice(common: dict[str, Any], state: Definition, jsonata: bool) -> State:
    rules = []
    for index, rule in enumerate(state["Choices"]):
        location = f"Choices[{index}]"
        if not jsonata:
            rules.append(
                ChoiceRule(
                    test=compile_rule(rule), next=rule["Next"], assign=_assign(rule, False, "")
                )
            )
            continue
        rules.append(
            ChoiceRule(
                test=condition(rule["Condition"], f"{location}/Condition"),
                next=rule["Next"],
                output=compile_jsonata(rule["Output"], f"{location}/Output")
                if "Output" in rule
                else None,
                assign=_assign(rule, True, f"{location}/"),
            )
        )
    return ChoiceState(**common, rules=tuple(rules), default=state.get("Default"))


def _task(common: dict[str, Any], state: Definition, jsonata: bool) -> State:
    resource = parse_resource(state["Resource"])
    assert resource is not None
    return TaskState(
        **common,
        resource=state["Resource"],
        task_kind=resource.kind,
        pattern=resource.pattern,
        resource_type=resource.type,
        resource_name=resource.name,
        selection=None if jsonata else compile_selection(state.get("InputPath", "$")),
        timeout=number_field(state, "TimeoutSeconds", jsonata, least=1),
        heartbeat=number_field(state, "HeartbeatSeconds", jsonata, least=1),
        credentials=_object_field(state, "Credentials", jsonata),
    )


def _object_field(state: Definition, field: str, jsonata: bool) -> Render | None:
    if field not in state:
        return None
    return (
        compile_jsonata(state[field], field) if jsonata else compile_payload_template(state[field])
    )


def _map(common: dict[str, Any], state: Definition, jsonata: bool, processor: str) -> State:
    selector = "ItemSelector" if "ItemSelector" in state else "Parameters"
    config = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
    distributed = config.get("Mode") == "DISTRIBUTED"
    return MapState(
        **common,
        processor=processor,
        items=items_field(state, jsonata),
        selector=_object_field(state, selector, jsonata),
        max_concurrency=map_limit(state, "MaxConcurrency", jsonata, most=None),
        distributed=_distributed(state, jsonata, config) if distributed else None,
    )


def _distributed(state: Definition, jsonata: bool, config: Definition) -> Distributed:
    return Distributed(
        execution_type=config.get("ExecutionType", "STANDARD"),
        label=state.get("Label"),
        reader=_resource_field(state, "ItemReader", "ReaderConfig", jsonata),
        batcher=_batcher(state, jsonata),
        writer=_resource_field(state, "ResultWriter", "WriterConfig", jsonata),
        tolerated_count=map_limit(state, "ToleratedFailureCount", jsonata, most=None),
        tolerated_percentage=map_limit(state, "ToleratedFailurePercentage", jsonata, most=100),
    )


def _resource_field(state: Definition, field: str, config: str, jsonata: bool) -> Render | None:
    """ItemReader or ResultWriter: Resource, configuration, and Parameters or Arguments."""
    if field not in state:
        return None
    given = state[field]
    arguments = "Arguments" if jsonata else "Parameters"
    renders: list[tuple[str, Render]] = []
    if arguments in given:
        renders.append(
            (
                "Parameters",
                compile_jsonata(given[arguments], f"{field}/{arguments}")
                if jsonata
                else compile_payload_template(given[arguments]),
            )
        )
    if config in given:
        renders.append((config, _with_paths(given[config], f"{field}/{config}", jsonata)))

    def render(scope: Scope, data: Data) -> Data:
        value = {name: made(scope, data).value for name, made in renders}
        if "Resource" in given:
            value["Resource"] = given["Resource"]
        return Data(value=value)

    return render


def _with_paths(config: Definition, location: str, jsonata: bool) -> Render:
    """A configuration in which MaxItemsPath gives MaxItems, and so on."""
    if jsonata:
        return compile_jsonata(config, location)
    plain = {name: value for name, value in config.items() if not name.endswith("Path")}
    paths = [
        (name.removesuffix("Path"), map_limit_at(value, name, most=None))
        for name, value in config.items()
        if name.endswith("Path")
    ]
    return lambda scope, data: Data(
        value={**plain, **{name: math.floor(find(scope, data)) for name, find in paths}}
    )


def _batcher(state: Definition, jsonata: bool) -> Render | None:
    if "ItemBatcher" not in state:
        return None
    given = dict(state["ItemBatcher"])
    batch_input = given.pop("BatchInput", None)
    rest = _with_paths(given, "ItemBatcher", jsonata)
    if batch_input is None:
        return rest
    render = (
        compile_jsonata(batch_input, "ItemBatcher/BatchInput")
        if jsonata
        else compile_payload_template(batch_input)
    )
    return lambda scope, data: Data(
        value={**rest(scope, data).value, "BatchInput": render(scope, data).value}
    )
