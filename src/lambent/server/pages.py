"""The server's own pages: its health, its clock, and emptying it."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs

import orjson

from lambent import __version__, registry
from lambent.core.durations import seconds_in
from lambent.core.errors import AccessDenied, Conflict, ValidationFailed
from lambent.platform import Platform
from lambent.server.hosts import Page, json_reply
from lambent.server.worker import Worker
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.timestamps import iso8601

Reset = Callable[[], Awaitable[None]]


class StillBusy(Conflict):
    code = "StillBusy"


def pages(platform: Platform, worker: Worker, reset: Reset) -> Mapping[str, Page]:
    """`/_lambent/<name>` → the page."""

    async def health(request: HttpRequest) -> HttpReply:
        return json_reply(
            {
                "status": "running",
                "version": __version__,
                "services": dict.fromkeys(registry.SERVICES, "available"),
                "time": platform.clock.now(),
            }
        )

    async def clock(request: HttpRequest) -> HttpReply:
        if request.method == "POST":
            try:
                await worker.move_clock(_asked_advance(request))
            except TimeoutError:
                raise StillBusy(
                    "What fell due has not ended within a minute, so the clock stopped at"
                    f" {iso8601(platform.clock.now())}. Move it on when the rest is done."
                ) from None
        return json_reply({"time": platform.clock.now()})

    async def empty(request: HttpRequest) -> HttpReply:
        if request.method != "POST":
            raise ValidationFailed("POST empties the store.")
        if platform.settings.auth != "off":
            raise AccessDenied("The store is emptied only while authorization is off.")
        await reset()
        return json_reply({"status": "reset"})

    return {"health": health, "clock": clock, "reset": empty}


def _asked_advance(request: HttpRequest) -> float:
    """The seconds of `{"advance": "PT24H"}`, or of `?advance=PT24H`."""
    try:
        asked = orjson.loads(request.body) if request.body else {}
    except orjson.JSONDecodeError:
        raise ValidationFailed('Send JSON such as {"advance": "PT24H"}.') from None
    query = parse_qs(request.query)
    text = asked.get("advance") if isinstance(asked, dict) else None
    text = text or query.get("advance", [""])[0]
    if isinstance(text, int | float) and text >= 0:
        return float(text)
    return seconds_in(str(text))
