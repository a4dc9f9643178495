"""What all connections with functions do with their transports."""

import asyncio


def hold_reading(transport: asyncio.Transport | None, hold: bool) -> None:
    """Hear nothing for a while, or again; of no effect on what is not open."""
    if transport is None or transport.is_closing():
        return
    if hold:
        transport.pause_reading()
    else:
        transport.resume_reading()
