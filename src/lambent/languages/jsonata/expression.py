"""
One compiled expression.

What an expression does not read is not handed to the engine: the engine copies what it is given,
and a state's context or a large variable would be copied for nothing.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from lambent.languages.jsonata import functions
from lambent.languages.jsonata.infinities import beyond, last_operation
from lambent.languages.jsonata.java_random import first_double

# AWS ends an evaluation after a time of its own; five seconds is what others measured it to be
# well below of, and far above what any payload of 256 KB needs.
_SECONDS = 5.0
# AWS: measured with sums, brackets and recursive functions; the engine counts as AWS does.
_MAX_DEPTH = 100
# One value may hold 6,990,256 bytes on AWS: 873,782 numbers of eight bytes.
_MAX_BYTES = 6_990_256
_MAX_ITEMS = _MAX_BYTES // 8

_MEMORY = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
_STACK = (
    "Stack overflow error: Check for non-terminating recursive function."
    f" Consider rewriting as tail-recursive. Depth={_MAX_DEPTH + 1} max={_MAX_DEPTH}"
)
_TIME = "Expression evaluation timeout: Check for infinite loop"

# Bound for each evaluation; named here so that the engine knows them to be functions.
_KNOWN = {"random": lambda *_: 0.0, "uuid": lambda *_: ""}

AWS_FUNCTIONS = frozenset({"partition", "range", "hash", "random", "uuid", "parse", "eval"})
"""They read as variables do."""

_UNSEEDED = re.compile(r"\$(random|uuid|shuffle)\b")
_EVAL = re.compile(r"\$eval\b")


Reads = bool | Mapping[str, Any]
"""What is read of a value: True for all of it, or by member what is read of that."""


class Randomness(Protocol):
    """Where $random() and $uuid() come from."""

    def random(self) -> float: ...

    def bits(self, count: int) -> int: ...

    def uuid(self) -> str: ...


class SyntaxFault(ValueError):
    """The text is no expression. `code` is JSONata's, such as S0202."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class EvaluationFault(Exception):
    """The evaluation failed. The text is what follows AWS's sentence "… during evaluation"."""


class Expression:
    """Compiled, and free of state: any number of threads may evaluate it."""

    __slots__ = ("_bind_random", "_engine", "_forbids_eval", "reads_input", "source", "variables")

    def __init__(self, source: str, engine: Any, reads: Mapping[str, Any]) -> None:
        self.source = source
        self._engine = engine
        self._bind_random = _UNSEEDED.search(source) is not None
        self._forbids_eval = _EVAL.search(source) is not None
        reads_input = reads.get("input")
        self.reads_input: tuple[str, ...] | None = (
            tuple(reads_input) if isinstance(reads_input, dict) else None if reads_input else ()
        )
        """The names read at the top level, None when the whole context is."""
        self.variables: Mapping[str, Reads] | None = (
            None if reads.get("everyBinding") else reads["bindings"]
        )
        """The variables read, and what of each; None: any."""

    def evaluate(
        self,
        variables: Mapping[str, Any],
        now: float,
        chance: Randomness,
        document: str | None = None,
    ) -> str | None:
        """
        The result as JSON text, or None when it is undefined; raises EvaluationFault.

        Step Functions gives an expression no `document` to look into, only variables.
        """
        bindings: dict[str, Any] = dict(variables)
        seed = None
        if self._bind_random:
            bindings["random"] = _random(chance)
            bindings["uuid"] = _uuid(chance)
            seed = chance.bits(63)
        if self._forbids_eval:
            bindings["eval"] = None
        try:
            text: str | None = self._engine.evaluate_json(
                document,
                bindings,
                timeout=_SECONDS,
                max_depth=_MAX_DEPTH,
                max_array_length=_MAX_ITEMS,
                max_string_length=_MAX_BYTES,
                now=int(now * 1000),
                seed=seed,
            )
        except functions.FunctionFault as fault:
            raise EvaluationFault(f". {fault}") from None
        except (UnicodeEncodeError, RecursionError) as error:
            raise EvaluationFault(f": {error}") from None
        except (functions.MemoryLimit, MemoryError):
            raise EvaluationFault(f": {_MEMORY}") from None
        except _engine_error() as error:
            name = self._no_number(variables, now, chance) if _is_out_of_range(error) else None
            if name is None:
                raise EvaluationFault(_ending(error)) from None
            return f'"{name}"'
        if text == "null" and (name := self._no_number(variables, now, chance)):
            return f'"{name}"'
        return text

    def gives_function(self, variables: Mapping[str, Any], now: float, chance: Randomness) -> bool:
        """Whether what has no JSON is a function, and not nothing at all."""
        try:
            kind = compile_expression(f"$type(({self.source}))").evaluate(variables, now, chance)
        except (SyntaxFault, EvaluationFault):
            return False
        return kind == '"function"'

    def _no_number(
        self, variables: Mapping[str, Any], now: float, chance: Randomness
    ) -> str | None:
        """What stands for the result if it is no number that JSON has."""
        operation = last_operation(self.source)
        if operation is None:
            return None
        left, operator, right = operation
        try:
            operands = [
                compile_expression(operand).evaluate(variables, now, chance) or ""
                for operand in (left, right)
            ]
            return beyond(float(operands[0]), operator, float(operands[1]))
        except (SyntaxFault, EvaluationFault, ValueError):
            return None


def _random(chance: Randomness) -> Callable[..., float]:
    def random(*seeds: Any) -> float:
        if len(seeds) > 1:
            raise functions.mismatch("random", 2)
        if not seeds or seeds[0] is None:
            return chance.random()
        if not functions.is_number(seeds[0]):
            raise functions.mismatch("random", 1)
        return first_double(int(seeds[0]))

    return random


def _uuid(chance: Randomness) -> Callable[..., str]:
    def uuid(*given: Any) -> str:
        if given:
            raise functions.mismatch("uuid", 1)
        return chance.uuid()

    return uuid


def read_part(value: Any, reads: Reads) -> Any:
    """Of a value only what an expression reads: the engine copies all that it is given."""
    if isinstance(reads, bool) or not isinstance(value, dict):
        return value
    return {name: read_part(value[name], inner) for name, inner in reads.items() if name in value}


def _is_out_of_range(error: Any) -> bool:
    return bool(error.code == "D1001")


def _ending(error: Any) -> str:
    match error.code:
        case "D1011":
            return f": {_STACK}"
        case "D1012":
            return f": {_TIME}"
        case "U1001" | "D2014":
            return f": {_MEMORY}"
        case code:
            return f". {code}: {error}"


@lru_cache(maxsize=1)
def _engine_error() -> type[Exception]:
    import jlens

    error: type[Exception] = jlens.JlensError
    return error


@lru_cache(maxsize=8192)
def compile_expression(source: str) -> Expression:
    """Compile what stands between {% and %}; raises SyntaxFault."""
    # Not needed to start the server, so not paid for then.
    import jlens

    try:
        engine = jlens.Expression(source)
    except jlens.JlensError as error:
        raise SyntaxFault(error.code, str(error)) from None
    except UnicodeEncodeError:
        raise SyntaxFault("S0204", "The expression has half a surrogate pair") from None
    engine.register_function("partition", functions.partition, None)
    engine.register_function("range", functions.number_range, None)
    engine.register_function("hash", functions.hash_text, "<s?s?:s>")
    engine.register_function("parse", functions.parse_json, "<s?:x>")
    return Expression(source, engine, engine.reads(_KNOWN))
