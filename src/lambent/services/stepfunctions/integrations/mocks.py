"""
Whether a mocked result is such as the API gives it; pure.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
"""

from collections.abc import Callable
from typing import Any

from lambent.core.errors import AwsError, ValidationFailed
from lambent.services.stepfunctions.integrations.spelling import first_upper
from lambent.services.stepfunctions.integrations.table import find_integration
from lambent.wire.json_params import java_name
from lambent.wire.model import Shape, service_model

_NUMBERS = ("integer", "long", "float", "double")


def check_mocked_result(resource: str, pattern: str, result: Any, *, whole: bool) -> None:
    """Raise ValidationFailed where the mock is not as the operation's model has it."""
    shape, spell = _model(resource, pattern)
    if shape is None:
        return
    if not isinstance(result, dict):
        raise ValidationFailed("Mocked result must be a JSON object.")
    _Check(spell, whole).structure(shape, result)


def _model(resource: str, pattern: str) -> tuple[Shape | None, Callable[[str], str]]:
    """None where there is no model to hold the result against."""
    try:
        integration = find_integration(resource)
    except (AwsError, IndexError):
        return None, java_name
    spell = first_upper if integration.optimized else java_name
    if pattern == "request_response":
        return integration.model.output_shape, spell
    if pattern in ("sync", "sync2") and integration.service == "stepfunctions":
        # AWS: the result of a job is what is asked again and again, until it has ended.
        polled = service_model("stepfunctions").operations["DescribeExecution"]
        return polled.output_shape, spell
    return None, spell


class _Check:
    def __init__(self, spell: Callable[[str], str], whole: bool) -> None:
        self.spell = spell
        self.whole = whole

    def structure(self, shape: Shape, value: dict[str, Any]) -> None:
        members = {self.spell(name): member for name, member in shape.members.items()}
        if self.whole:
            for name in shape.required_members:
                if self.spell(name) not in value:
                    raise _refused(f"Required field '{self.spell(name)}' is missing")
        for name, given in value.items():
            # AWS: what the model does not know may be in it all the same.
            if name in members:
                self.value(members[name], given, name)

    def value(self, shape: Shape, value: Any, name: str) -> None:
        match shape.type:
            case "structure" if not shape.is_document:
                self._is_a(dict, "an object", value, name)
                self.structure(shape, value)
            case "list":
                self._is_a(list, "an array", value, name)
                for one in value:
                    self.value(shape.member, one, name)
            case "map":
                self._is_a(dict, "an object", value, name)
                for one in value.values():
                    self.value(shape.value, one, name)
            case "boolean":
                self._is_a(bool, "a boolean", value, name)
            case "string" | "character" | "blob" | "timestamp":
                self._is_a(str, "a string", value, name)
                _check_text(shape, value, name)
            case kind if kind in _NUMBERS:
                self._is_a((int, float), "a number", value, name)
                _check_range(shape, value, name)

    def _is_a(self, kind: type | tuple[type, ...], words: str, value: Any, name: str) -> None:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _refused(f"Field '{name}' must be {words}")


def _check_text(shape: Shape, value: str, name: str) -> None:
    if "enum" in shape.traits and value not in shape.traits["enum"]:
        raise _refused(f"Field '{name}' is not an expected value")
    if shape.type == "timestamp":
        return
    if len(value) < shape.traits.get("min", 0):
        raise _refused(f"Field '{name}' is smaller than the minimum length")
    if "max" in shape.traits and len(value) > shape.traits["max"]:
        raise _refused(f"Field '{name}' exceeds the maximum length")


def _check_range(shape: Shape, value: float, name: str) -> None:
    if "min" in shape.traits and value < shape.traits["min"]:
        raise _refused(f"Field '{name}' is less than the minimum value")
    if "max" in shape.traits and value > shape.traits["max"]:
        raise _refused(f"Field '{name}' exceeds the maximum value")


def _refused(reason: str) -> ValidationFailed:
    return ValidationFailed(f"Mock result schema validation error: {reason}")
