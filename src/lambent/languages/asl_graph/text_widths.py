"""
How wide a text is, without a font at hand: the widths of Arial, which Arimo, Liberation Sans and
Helvetica share.
"""

import unicodedata

# Thousandths of the font's size, for the characters from space to tilde.
_WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)


def text_width(text: str, size: float) -> float:
    """The width of a line of text, a little generous for letters beyond ASCII."""
    return sum(_width(character) for character in text) * size / 1000


def _width(character: str) -> int:
    place = ord(character) - 32
    if 0 <= place < len(_WIDTHS):
        return _WIDTHS[place]
    if unicodedata.combining(character):
        return 0
    return 1000 if unicodedata.east_asian_width(character) in "WF" else 667


def wrapped(text: str, size: float, width: float, most_lines: int) -> tuple[str, ...]:
    """The text in lines no wider than `width`; what is beyond the last line becomes an ellipsis."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text, size, width):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if len(lines) > most_lines:
        last = lines[most_lines - 1]
        while text_width(f"{last}…", size) > width:
            last = last[:-1]
        lines[most_lines - 1 :] = [f"{last.rstrip()}…"]
    return tuple(lines)


def _last_break(word: str) -> int:
    """Where a word that is too long is cut best: `Lambda.|Resource|Not|Found`."""
    for place in range(len(word) - 1, len(word) // 2, -1):
        if word[place - 1] in ".:/_-$" or (word[place].isupper() and word[place - 1].islower()):
            return place
    return len(word)


def _pieces(text: str, size: float, width: float) -> list[str]:
    """The words; one that is too wide for a line is cut."""
    pieces: list[str] = []
    # So much text is never shown; measuring it would only take time.
    for word in text[:500].split():
        piece = ""
        for character in word:
            if piece and text_width(piece + character, size) > width:
                place = _last_break(piece)
                pieces.append(piece[:place])
                piece = piece[place:]
            piece += character
        pieces.append(piece)
    return pieces or [""]
