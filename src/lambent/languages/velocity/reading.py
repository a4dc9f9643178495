"""
Templates → blocks: functions of a run, made once.

    text    ##, #*…*#, #[[…]]#          nothing, or as it stands
            $a, ${a}, $!a, $a.b(c)[d]   a reference
            #set #if #foreach #macro …  a directive
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lambent.languages.velocity import directives, values
from lambent.languages.velocity.expressions import ExpressionReader, Reference
from lambent.languages.velocity.running import Run, TemplateFailed

Block = Callable[[Run], None]

_NAME = re.compile(r"[a-zA-Z_][\w-]*")
_REFERENCE = re.compile(r"\$!?\{?[a-zA-Z_]")
_DIRECTIVE = re.compile(r"#(?:\{([a-zA-Z_]\w*)\}|([a-zA-Z_]\w*))")
_REST_OF_LINE = re.compile(r"[ \t]*(\r\n|\n|\r)")
_INDENT = re.compile(r"(?<=\n)[ \t]+\Z")
_ENDINGS = ("end", "else", "elseif")


@dataclass(frozen=True, slots=True)
class _Macro:
    parameters: list[str]
    body: Block


def compiled(text: str) -> Block:
    """The block of a template. Raises TemplateFailed."""
    return _Reader(text, {}).whole()


class _Reader:
    def __init__(self, text: str, macros: dict[str, _Macro]) -> None:
        self._text = text
        self._macros = macros
        self._expressions = ExpressionReader(text, self._interpolated)
        self._at = 0

    def whole(self) -> Block:
        try:
            block, ending = self._block()
        except RecursionError:
            raise TemplateFailed("The template is nested too deeply.") from None
        if ending:
            raise self._failed(f"#{ending} without its beginning")
        return block

    def _block(self) -> tuple[Block, str]:
        """What stands here up to #end, #else or #elseif, or the end; and which it was."""
        parts: list[Block | str] = []
        while self._at < len(self._text):
            place = self._next_mark()
            if place > self._at:
                parts.append(self._text[self._at : place])
                self._at = place
            if self._at >= len(self._text):
                break
            ending = self._marked(parts)
            if ending:
                return _sequence(parts), ending
        return _sequence(parts), ""

    def _next_mark(self) -> int:
        places = [self._text.find(mark, self._at) for mark in "$#\\"]
        return min((place for place in places if place >= 0), default=len(self._text))

    def _marked(self, parts: list[Block | str]) -> str:
        """Read what begins with $, # or a backslash; the name of a directive that ends a block."""
        text, at = self._text, self._at
        if text[at] == "\\":
            self._escaped(parts)
        elif text[at] == "$":
            if _REFERENCE.match(text, at):
                parts.append(_shown(self._reference()))
            else:
                parts.append("$")
                self._at += 1
        elif text.startswith("##", at):
            end = re.compile(r"\r\n|\n|\r|\Z").search(text, at)
            self._at = end.end() if end else len(text)
        elif text.startswith("#*", at):
            self._at = self._after("*#", at + 2)
        elif text.startswith("#[[", at):
            self._at = self._after("]]#", at + 3)
            parts.append(text[at + 3 : self._at - 3])
        else:
            return self._directive(parts)
        return ""

    def _escaped(self, parts: list[Block | str]) -> None:
        """`\\$name` and `\\#if` as they stand, without the backslash."""
        after = self._at + 1
        if _REFERENCE.match(self._text, after) or (
            (found := _DIRECTIVE.match(self._text, after)) and _name_in(found) in _DIRECTIVES
        ):
            parts.append(self._text[after])
            self._at += 2
        else:
            parts.append("\\")
            self._at += 1

    def _after(self, mark: str, begin: int) -> int:
        place = self._text.find(mark, begin)
        if place < 0:
            raise self._failed(f"{mark} is missing")
        return place + len(mark)

    def _reference(self) -> Reference:
        reference, self._at = self._expressions.reference(self._at)
        return reference

    def _directive(self, parts: list[Block | str]) -> str:
        found = _DIRECTIVE.match(self._text, self._at)
        name = _name_in(found) if found else ""
        if found is None or (name not in _DIRECTIVES and name not in self._macros):
            # Such as a colour: #fff.
            parts.append("#")
            self._at += 1
            return ""
        self._at = found.end()
        if name in _ENDINGS:
            if name != "elseif":
                self._skip_line_end()
            return name
        if name == "set":
            _drop_indent(parts)
        read = _DIRECTIVES.get(name)
        parts.append(self._call(name) if read is None else read(self))
        return ""

    # Directives ---------------------------------------------------------------------------------

    def _set(self) -> Block:
        begin = self._opened()
        target, at = self._expressions.reference(begin)
        at = self._expressions.expect(at, "=")
        value, at = self._expressions.expression(at)
        self._closed(at)
        return directives.set_to(target, value)

    def _if(self) -> Block:
        condition = self._condition()
        branches: list[tuple[Callable[[Run], Any], Block]] = []
        otherwise: Block | None = None
        while True:
            block, ending = self._block()
            if otherwise is not None or condition is None:
                otherwise = block
            else:
                branches.append((condition, block))
            match ending:
                case "end":
                    return directives.choose(branches, otherwise)
                case "elseif" if otherwise is None:
                    condition = self._condition()
                case "else" if otherwise is None:
                    condition = None  # type: ignore[assignment]
                case _:
                    raise self._failed("#if without #end")

    def _foreach(self) -> Block:
        begin = self._opened()
        target, at = self._expressions.reference(begin)
        at = self._expressions.expect(at, "in")
        items, at = self._expressions.expression(at)
        self._closed(at)
        return directives.repeat(target.name, items, self._until_end("#foreach"))

    def _define(self) -> Block:
        target, at = self._expressions.reference(self._opened())
        self._closed(at)
        block = self._until_end("#define")
        return directives.define(target.name, block)

    def _macro(self) -> Block:
        begin = self._opened()
        end = self._text.find(")", begin)
        words = re.split(r"[\s,]+", self._text[begin:end].strip()) if end >= 0 else []
        if not words or not _NAME.fullmatch(words[0]):
            raise self._failed("#macro without a name")
        self._closed(end)
        name, parameters = words[0], [word.lstrip("$!{").rstrip("}") for word in words[1:]]
        # Known before its body is read, which may call it.
        holder: list[Block] = []

        def body(run: Run) -> None:
            holder[0](run)

        self._macros[name] = _Macro(parameters, body)
        holder.append(self._until_end("#macro"))
        return lambda run: None

    def _call(self, name: str) -> Block:
        macro = self._macros[name]
        arguments, at = self._expressions.arguments(self._opened(), ")")
        self._closed(at)
        return directives.call(macro.parameters, macro.body, arguments)

    def _evaluate(self) -> Block:
        raise self._failed("#evaluate, #parse and #include are not supported")

    # Pieces -------------------------------------------------------------------------------------

    def _condition(self) -> Callable[[Run], Any]:
        condition, at = self._expressions.expression(self._opened())
        self._closed(at)
        return condition

    def _opened(self) -> int:
        return self._expressions.expect(self._at, "(")

    def _closed(self, at: int) -> None:
        self._at = self._expressions.expect(at, ")")
        self._skip_line_end()

    def _skip_line_end(self) -> None:
        """A directive takes the end of its line with it."""
        found = _REST_OF_LINE.match(self._text, self._at)
        if found:
            self._at = found.end()

    def _until_end(self, what: str) -> Block:
        block, ending = self._block()
        if ending != "end":
            raise self._failed(f"{what} without #end")
        return block

    def _interpolated(self, text: str) -> Block:
        """The block of a text in double quotes."""
        return _Reader(text, self._macros).whole()

    def _failed(self, why: str) -> TemplateFailed:
        line = self._text.count("\n", 0, self._at) + 1
        return TemplateFailed(f"The template cannot be read in line {line}: {why}.")


_DIRECTIVES: dict[str, Callable[[_Reader], Block] | None] = {
    "set": _Reader._set,
    "if": _Reader._if,
    "foreach": _Reader._foreach,
    "define": _Reader._define,
    "macro": _Reader._macro,
    "stop": lambda _: directives.stop,
    "break": lambda _: directives.leave,
    "evaluate": _Reader._evaluate,
    "parse": _Reader._evaluate,
    "include": _Reader._evaluate,
    **dict.fromkeys(_ENDINGS),
}


def _name_in(directive: re.Match[str]) -> str:
    """Of `#name` or `#{name}`."""
    return directive[1] or directive[2]


def _sequence(parts: list[Block | str]) -> Block:
    merged: list[Block | str] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    steps = [_text(part) if isinstance(part, str) else part for part in merged]
    if len(steps) == 1:
        return steps[0]

    def run_all(run: Run) -> None:
        for step in steps:
            step(run)

    return run_all


def _text(text: str) -> Block:
    return lambda run: run.write(text)


def _shown(reference: Reference) -> Block:
    source = "" if reference.quiet else reference.source
    value_of, is_plain = reference.value, reference.is_plain
    name = reference.name

    def show(run: Run) -> None:
        run.step()
        value = value_of(run)
        if value is not None:
            run.write(values.text_of(value))
        elif is_plain and name not in run.variables:
            # A variable that nobody has set stands as it is written.
            run.write(source)

    return show


def _drop_indent(parts: list[Block | str]) -> None:
    """The blanks before a #set go with its line."""
    if parts and isinstance(parts[-1], str):
        parts[-1] = _INDENT.sub("", parts[-1], count=1)
