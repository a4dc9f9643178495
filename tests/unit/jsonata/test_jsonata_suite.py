"""The official suite of JSONata, run through our own interface, with AWS's rules on top."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from lambent.languages.asl import Chance
from lambent.languages.jsonata import EvaluationFault, SyntaxFault, compile_expression

_SUITE = Path(__file__).parents[4] / "shared" / "data" / "jsonata-suite"

_KNOWN_DIFFERENCES = {
    "function-encodeUrl/case002[0]": "half a surrogate pair cannot be handed over as UTF-8",
    "function-encodeUrlComponent/case002[0]": "half a surrogate pair cannot be handed over",
    "range-operator/case021[0]": "ten million numbers are more than AWS's memory limit allows",
    "range-operator/case024[0]": "ten million numbers are more than AWS's memory limit allows",
    "tail-recursion/case001[0]": "302 levels deep: AWS stops at a hundred",
}

# AWS forbids $eval, so everything of this group fails as calling what is no function does.
_FORBIDDEN = ("function-eval",)


def _cases() -> list[Any]:
    cases = []
    for path in sorted(_SUITE.glob("groups/*/*.json")):
        content = json.loads(path.read_text())
        for index, case in enumerate(content if isinstance(content, list) else [content]):
            id = f"{path.parent.name}/{path.stem}[{index}]"
            if path.parent.name in _FORBIDDEN or id in _KNOWN_DIFFERENCES:
                continue
            if "expr-file" in case:
                case["expr"] = (path.parent / case["expr-file"]).read_text()
            cases.append(pytest.param(case, id=id))
    return cases


def _document(case: dict[str, Any]) -> str | None:
    if "data" in case:
        return json.dumps(case["data"])
    if case.get("dataset"):
        return (_SUITE / "datasets" / f"{case['dataset']}.json").read_text()
    return None


def _evaluate(case: dict[str, Any]) -> str | None:
    expression = compile_expression(case["expr"])
    return expression.evaluate(case.get("bindings", {}), 1.0, Chance(1), _document(case))


@pytest.mark.parametrize("case", _cases())
def test_the_official_suite_holds(case: dict[str, Any]) -> None:
    if "result" not in case and not case.get("undefinedResult"):
        with pytest.raises((EvaluationFault, SyntaxFault)):
            _evaluate(case)
        return

    answer = _evaluate(case)

    if case.get("undefinedResult"):
        assert answer is None
    else:
        assert answer is not None
        assert _same(json.loads(answer), case["result"], case.get("unordered", False))


def _same(answer: Any, expected: Any, unordered: bool) -> bool:
    if unordered and isinstance(answer, list):
        answer, expected = (sorted(items, key=json.dumps) for items in (answer, expected))
    if isinstance(answer, float) and isinstance(expected, int | float):
        return math.isclose(answer, expected, rel_tol=1e-12)
    return bool(answer == expected)
