"""ProjectionExpression: which parts of an item are wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lambent.languages.dynamodb_expressions import syntax
from lambent.languages.dynamodb_expressions.checks import Checks, Steps
from lambent.languages.dynamodb_expressions.document_paths import branches, check_apart, picked
from lambent.languages.dynamodb_expressions.placeholders import Placeholders
from lambent.languages.dynamodb_expressions.values import Item
from lambent.languages.dynamodb_expressions.words import check_reserved_words


@dataclass(frozen=True, slots=True)
class Projection:
    """`of(item)` has the wanted parts in their places; `paths` are the first names of the paths."""

    of: Callable[[Item], Item]
    paths: frozenset[str]


def projection(text: str, placeholders: Placeholders) -> Projection:
    found, checks = _compiled(text, placeholders.names)
    checks.run(placeholders)
    return found


def projection_of(paths: Sequence[Steps]) -> Projection:
    """The projection on paths that do not meet."""
    wanted = branches(paths)
    return Projection(
        lambda item: picked(item, wanted), frozenset(str(steps[0]) for steps in paths)
    )


@lru_cache(maxsize=512)
def _compiled(text: str, names: tuple[tuple[str, str], ...]) -> tuple[Projection, Checks]:
    paths = syntax.parse_projection(text)
    checks = Checks("ProjectionExpression", dict(names))
    for path in paths:
        check_reserved_words(path, checks.refusal)
    resolved = [checks.path(path) for path in paths]
    apart = check_apart(resolved, checks)
    # What the checks refuse picks nothing.
    return projection_of(resolved if apart else ()), checks
