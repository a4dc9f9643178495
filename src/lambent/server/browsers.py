"""
Keeps strangers' web pages from a server that asks nobody who they are.

While authorization is off, whatever reaches the port may do everything, and a browser on this
machine reaches it for any page that it shows. Browsers say which page asks; programs do not. Pages
of this machine (a console, somebody's application) may ask.
"""

from urllib.parse import urlsplit

from lambent.core.errors import AccessDenied
from lambent.wire.messages import HttpRequest

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def check_origin(request: HttpRequest) -> None:
    """Raises AccessDenied for what a page from elsewhere asks."""
    origin = request.headers.get("origin")
    if origin is None or _is_here(origin):
        return
    raise AccessDenied(
        f"A page of {origin} asks. While authorization is off, pages of this machine may only."
    )


def _is_here(origin: str) -> bool:
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    return host in _HERE or host.endswith(".localhost")
