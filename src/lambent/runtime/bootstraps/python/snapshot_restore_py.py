"""
The hooks of SnapStart, as functions import them; a function may bring AWS's package instead.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_Hook = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
_before_snapshot: list[_Hook] = []
_after_restore: list[_Hook] = []


def register_before_snapshot(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call it before the snapshot is taken; the one registered last is called first."""
    _before_snapshot.append((func, args, kwargs))
    return func


def register_after_restore(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call it after each restoration, in the order of registration."""
    _after_restore.append((func, args, kwargs))
    return func


def get_before_snapshot() -> list[_Hook]:
    return _before_snapshot


def get_after_restore() -> list[_Hook]:
    return _after_restore
