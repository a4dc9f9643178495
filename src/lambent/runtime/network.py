"""
What functions reach: the machine's network, or nothing but the platform's endpoint. Pure.
"""

from urllib.parse import urlsplit

from lambent.runtime.api import RuntimeSettings

_API_PORT = 9001  # where AWS's own interface emulator has the Runtime API


class Network:
    def __init__(self, settings: RuntimeSettings, *, contained: bool) -> None:
        self.endpoint_url = settings.endpoint_url
        self.relay_to: tuple[str, int] | None = None
        # The ports that sandboxes with a network of their own have in it: API, endpoint.
        self.inner_ports: tuple[int, ...] = ()
        self.missing: list[str] = []
        if settings.network == "allowed":
            return
        if not contained:
            self.missing.append(
                "Functions reach the network although the settings do not allow it: without"
                " namespaces it cannot be taken from them."
            )
            return
        address = urlsplit(settings.endpoint_url)
        port = address.port or (443 if address.scheme == "https" else 80)
        self.relay_to = (address.hostname or "127.0.0.1", port)
        # The same port as outside: addresses that the platform gives out name it.
        self.endpoint_url = f"{address.scheme}://127.0.0.1:{port}"
        self.inner_ports = (_API_PORT if port != _API_PORT else _API_PORT + 1, port)
