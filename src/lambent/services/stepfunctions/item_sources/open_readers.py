"""
Readers that have come to a place, kept for the page that follows.

There is no reading from a place within a packed file or a group of rows: whoever does not find the
reader here, after a restart, begins anew and passes over what was read.
"""

from collections import OrderedDict
from typing import Any

from lambent.platform import Context
from lambent.services.stepfunctions.item_sources.objects import S3Object

_MOST = 32


def _kept(context: Context) -> OrderedDict[Any, Any]:
    kept: OrderedDict[Any, Any] = context.platform.caches.setdefault(
        "stepfunctions.readers", OrderedDict()
    )
    return kept


def keep(context: Context, source: S3Object, place: Any, reader: Any) -> None:
    kept = _kept(context)
    kept[context.principal, source, str(place)] = reader
    if len(kept) > _MOST:
        kept.popitem(last=False)


def take(context: Context, source: S3Object, place: Any) -> Any:
    """The reader that has come to this place, for one who goes on with it; None without one."""
    # By principal too: what one role may read, another may not.
    return _kept(context).pop((context.principal, source, str(place)), None)
