"""The data of a state between its fields: TestState's inspectionData, each step by itself."""

import json
from typing import Any

from lambent.languages.asl.data import Data
from lambent.languages.asl.failures import StateFailed
from lambent.languages.asl.forks import select
from lambent.languages.asl.machine import MapState, State
from lambent.languages.asl.result_path import compile_result_path
from lambent.languages.asl.run import Run
from lambent.languages.asl.scope import Scope
from lambent.languages.asl.templates import compile_payload_template, compile_selection
from lambent.languages.asl.working import Walker

Given = dict[str, Any]


def inspect(
    run: Run, walker: Walker, state: State, input: str, result: str | None
) -> dict[str, Any]:
    """As far as the steps can be taken; what fails ends them."""
    found: dict[str, Any] = {"input": input}
    walker.input = Data(input)
    scope = run.scope(walker, state)
    given = _definition_of(run, walker, state)
    try:
        data = _before(scope, state, given, found)
        if isinstance(state, MapState):
            _items(run, walker, state, scope, data, found)
        if result is not None:
            found["result"] = result
            _after(scope, state, given, Data(result), found)
        elif state.kind == "Pass":
            given_result = Data(value=given["Result"]) if "Result" in given else data
            found["result"] = given_result.text
            _after(scope, state, given, given_result, found)
    except StateFailed:
        pass
    return found


def _definition_of(run: Run, walker: Walker, state: State) -> Given:
    """The state's own definition, found by the path of its region."""
    document = json.loads(run.machine.definition)
    if "States" not in document:
        return dict(document)
    for part in walker.region.path.replace("[", "/").replace("]", "").split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return dict(document["States"][state.name])


def _before(scope: Scope, state: State, given: Given, found: dict[str, Any]) -> Data:
    data = scope.input
    if state.jsonata:
        if state.prepare is not None:
            data = state.prepare(scope, data)
        if state.kind in ("Task", "Parallel"):
            found["afterArguments"] = data.text
        return data
    selection = compile_selection(given.get("InputPath", "$"))
    data = data if selection is None else selection(scope, data)
    found["afterInputPath"] = data.text
    if "Parameters" in given and not isinstance(state, MapState):
        data = compile_payload_template(given["Parameters"])(scope, data)
    found["afterParameters"] = data.text
    return data


def _after(scope: Scope, state: State, given: Given, result: Data, found: dict[str, Any]) -> None:
    if state.jsonata:
        return
    if "ResultSelector" in given:
        result = compile_payload_template(given["ResultSelector"])(scope, result)
    found["afterResultSelector"] = result.text
    put = compile_result_path(given.get("ResultPath", "$"))
    found["afterResultPath"] = (result if put is None else put(scope, result)).text


def _items(
    run: Run, walker: Walker, state: MapState, scope: Scope, data: Data, found: dict[str, Any]
) -> None:
    items = data.value if state.items is None else state.items(scope, data)
    if not isinstance(items, list):
        return
    found["afterItemsPath"] = Data(value=items).text
    if state.selector is not None:
        selected = [
            select(run, walker, state, index, item, None).value for index, item in enumerate(items)
        ]
        found["afterItemSelector"] = Data(value=selected).text
    if state.max_concurrency is not None:
        found["maxConcurrency"] = int(state.max_concurrency(scope, data))
    distributed = state.distributed
    if distributed is not None and distributed.tolerated_count is not None:
        found["toleratedFailureCount"] = int(distributed.tolerated_count(scope, data))
    if distributed is not None and distributed.tolerated_percentage is not None:
        percentage = distributed.tolerated_percentage(scope, data)
        found["toleratedFailurePercentage"] = float(percentage)
