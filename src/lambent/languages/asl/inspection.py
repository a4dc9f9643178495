"""
The data of a state between its fields: TestState's inspectionData, each step by itself.

Which steps AWS shows depends on the type of the state and on its query language; compared with
answers of the real service.
"""

import json
from collections.abc import Mapping
from typing import Any

from lambent.languages.asl.batches import batches
from lambent.languages.asl.data import Data, write
from lambent.languages.asl.failures import StateFailed, runtime
from lambent.languages.asl.forks import select
from lambent.languages.asl.machine import MapState, PassState, State
from lambent.languages.asl.result_path import compile_result_path
from lambent.languages.asl.run import Run
from lambent.languages.asl.scope import Scope
from lambent.languages.asl.templates import compile_payload_template, compile_selection
from lambent.languages.asl.working import Walker

Given = dict[str, Any]


def inspect(run: Run, walker: Walker, state: State, result: str | None) -> Given:
    """As far as the steps can be taken; what fails ends them. Of a Map, see `inspect_map`."""
    found: Given = {}
    scope = run.scope(walker, state)
    given = definition_of(run, walker, state)
    try:
        if state.jsonata:
            _arguments(scope, state, result, found)
        elif not isinstance(state, MapState):
            _paths(scope, state, given, result, found)
        elif result is not None:
            _after(scope, given, Data(result), found)
    except StateFailed:
        pass
    return found


def definition_of(run: Run, walker: Walker, state: State) -> Given:
    """The state's own definition, found by the path of its region."""
    document = json.loads(run.machine.definition)
    if "States" not in document:
        return dict(document)
    for part in walker.region.path.replace("[", "/").replace("]", "").split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return dict(document["States"][state.name])


def _arguments(scope: Scope, state: State, result: str | None, found: Given) -> None:
    if state.kind in ("Task", "Parallel"):
        data = scope.input if state.prepare is None else state.prepare(scope, scope.input)
        found["afterArguments"] = data.text
        if result is not None:
            found["result"] = result


def _paths(scope: Scope, state: State, given: Given, result: str | None, found: Given) -> None:
    if isinstance(state, PassState) and state.result is not None:
        found["result"] = state.result.text
        _after(scope, given, state.result, found)
        return
    data = _selected(scope, given)
    found["afterInputPath"] = data.text
    if state.kind not in ("Pass", "Task", "Parallel"):
        return
    if "Parameters" in given:
        data = compile_payload_template(given["Parameters"])(scope, data)
    found["afterParameters"] = data.text
    if state.kind == "Pass":
        _after(scope, given, data, found)
    elif result is not None:
        found["result"] = result
        _after(scope, given, Data(result), found)


def _selected(scope: Scope, given: Given) -> Data:
    selection = compile_selection(given.get("InputPath", "$"))
    return scope.input if selection is None else selection(scope, scope.input)


def _after(scope: Scope, given: Given, result: Data, found: Given) -> None:
    if "ResultSelector" in given:
        result = compile_payload_template(given["ResultSelector"])(scope, result)
    found["afterResultSelector"] = result.text
    put = compile_result_path(given.get("ResultPath", "$"))
    found["afterResultPath"] = (result if put is None else put(scope, result)).text


# Maps ----------------------------------------------------------------------------------------


def inspect_map(run: Run, walker: Walker, state: MapState, read: Any, found: Given) -> int:
    """
    Evaluate the fields of a Map before its iterations; the number of its items.

    `read` is what an ItemReader would have read. Raises StateFailed, as the state would.
    """
    scope = run.scope(walker, state)
    given = definition_of(run, walker, state)
    if not state.jsonata:
        found["afterInputPath"] = _selected(scope, given).text
    data = walker.input if state.prepare is None else state.prepare(scope, walker.input)
    items = _items(scope, state, given, data, read, found)
    if state.selector is not None:
        items = [
            select(run, walker, state, index, value, key).value
            for index, (key, value) in enumerate(_pairs(items))
        ]
        found["afterItemSelector"] = Data(value=items).text
    limit = 0 if state.max_concurrency is None else int(state.max_concurrency(scope, data))
    found["maxConcurrency"] = limit
    distributed = state.distributed
    if distributed is None:
        return len(items)
    if distributed.batcher is not None:
        found["afterItemBatcher"] = _batched(items, distributed.batcher(scope, data).value)
    if distributed.tolerated_count is not None:
        found["toleratedFailureCount"] = int(distributed.tolerated_count(scope, data))
    if distributed.tolerated_percentage is not None:
        percentage = distributed.tolerated_percentage(scope, data)
        found["toleratedFailurePercentage"] = float(percentage)
    return len(items)


def _items(scope: Scope, state: MapState, given: Given, data: Data, read: Any, found: Given) -> Any:
    reader = state.distributed.reader if state.distributed is not None else None
    if reader is not None:
        config = reader(scope, data).value.get("ReaderConfig") or {}
        if read is not None and "ItemsPointer" in config:
            read = _at(read, config["ItemsPointer"])
            found["afterItemsPointer"] = Data(value=read).text
        return read if isinstance(read, list | dict) else []
    items = data.value if state.items is None else state.items(scope, data)
    if not isinstance(items, list | dict):
        path = given.get("ItemsPath", "$").replace("$$", "$")
        raise runtime(f'Reference path "{path}" must point to array.')
    if not state.jsonata:
        found["afterItemsPath"] = Data(value=items).text
    return items


def _batched(items: Any, batcher: Given) -> str:
    texts = [
        write(value if key is None else {"Key": key, "Value": value})
        for key, value in _pairs(items)
    ]
    made = batches(len(texts), texts.__getitem__, batcher, ended=True)
    return "[" + ",".join(batch.input for batch in made) + "]"


def _pairs(items: Any) -> list[tuple[str | None, Any]]:
    return list(items.items()) if isinstance(items, Mapping) else [(None, item) for item in items]


def _at(value: Any, pointer: str) -> Any:
    """What a JSON pointer names; None where there is nothing."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            return None
    return value
