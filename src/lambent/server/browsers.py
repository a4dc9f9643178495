"""
What browsers ask, and which of the pages that they show may.

While authorization is off, whatever reaches the port may do everything, and a browser on this
machine reaches it for any page that it shows. Browsers say which page asks; programs do not. Pages
of this machine (a console, somebody's application) may ask, and strangers' may not.
"""

from urllib.parse import urlsplit

from lambent.core.errors import AccessDenied
from lambent.wire.messages import HttpRequest

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def may_ask(request: HttpRequest) -> bool:
    """Is it a request as the pages that browsers show make them?"""
    return "origin" in request.headers or request.method == "OPTIONS" or is_form(request)


def is_form(request: HttpRequest) -> bool:
    """With a file, that is; other forms are as APIs are asked, too."""
    return request.method == "POST" and request.headers.get("content-type", "").startswith(
        "multipart/form-data"
    )


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
