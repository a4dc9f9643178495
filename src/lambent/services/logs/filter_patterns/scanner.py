"""Reads a pattern character by character; what the JSON and space-delimited forms share."""

import re

from lambent.services.logs.filter_patterns.values import invalid

_SPACE = re.compile(r"\s*")
_OPERATOR = re.compile(r"!=|<=|>=|=|<|>")


class Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip_space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def take(self, wanted: str) -> bool:
        """Whether `wanted` comes next; past it if so."""
        self.skip_space()
        if not self.text.startswith(wanted, self.at):
            return False
        self.at += len(wanted)
        return True

    def take_word(self, wanted: str) -> bool:
        """The same for a word, in any case, that nothing may be stuck to."""
        self.skip_space()
        end = self.at + len(wanted)
        after = self.text[end : end + 1]
        if self.text[self.at : end].upper() != wanted or after.isalnum():
            return False
        self.at = end
        return True

    def take_match(self, pattern: re.Pattern[str]) -> str | None:
        self.skip_space()
        found = pattern.match(self.text, self.at)
        if found is None or not found[0]:
            return None
        self.at = found.end()
        return found[0]

    def take_operator(self) -> str | None:
        return self.take_match(_OPERATOR)

    def expect(self, wanted: str) -> None:
        if not self.take(wanted):
            raise invalid(f"{wanted} is missing")

    def value(self, stops: re.Pattern[str]) -> tuple[str, bool]:
        """A quoted text, a `%regex%`, or what there is up to `stops`; and whether it was quoted."""
        self.skip_space()
        if self.text.startswith('"', self.at):
            return self.quoted(), True
        if self.text.startswith("%", self.at):
            end = self.text.find("%", self.at + 1)
            if end < 0:
                raise invalid("% is missing")
            start, self.at = self.at, end + 1
            return self.text[start : self.at], False
        found = stops.search(self.text, self.at)
        start, self.at = self.at, found.start() if found else len(self.text)
        text = self.text[start : self.at].strip()
        if not text:
            raise invalid("a value is missing")
        return text, False

    def quoted(self) -> str:
        characters: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == '"':
                return "".join(characters)
            if character == "\\" and self.text[self.at : self.at + 1] in ('"', "\\"):
                character = self.text[self.at]
                self.at += 1
            characters.append(character)
        raise invalid('" is missing')

    def at_end(self) -> bool:
        self.skip_space()
        return self.at >= len(self.text)
