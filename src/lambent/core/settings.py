"""
Every setting, with its default and its reason. Flags and `LAMBENT_*` variables fill it in.

Read by whoever is given the platform; changed by nobody after the start.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

# The hosts to listen on that only this machine reaches.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where e-mail goes: a relay if one is named, the embedded mailbox always."""

    relay_host: str = ""
    relay_port: int = 587
    username: str = ""
    password: str = ""
    # STARTTLS where the relay offers it, as mail clients do.
    encryption: str = "starttls"
    sender: str = "no-reply@sns.amazonaws.com"


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """How functions are run."""

    # auto takes the strongest that the kernel and our rights allow, and says so at the start.
    sandbox: Literal["auto", "namespaces", "process"] = "auto"
    # platform-only takes the network from functions, all but this server's own endpoint.
    network: Literal["allowed", "platform-only"] = "allowed"
    # limited holds functions to their share of a processor even when it is idle, as AWS does:
    # 128 MB are a fourteenth. Work at one's desk would only be slower for it.
    cpu: Literal["shared", "limited"] = "shared"
    # AWS turns a function Inactive after some weeks without an invoke; it documents no figure.
    inactive_after_seconds: float = 14 * 86_400.0
    # How long a warm environment waits for its next invoke. AWS documents no figure either.
    environment_idle_seconds: float = 600.0
    # An update that is prepared for longer than this has failed.
    preparation_seconds: float = 600.0
    # Preparation takes at least this long: for tests and demos of what Pending and InProgress do.
    preparation_delay_seconds: float = 0.0
    # False makes a function whose runtime version is not installed an error.
    allow_runtime_substitution: bool = True
    concurrent_executions: int = 1_000
    # Folders whose code functions may run as it stands there, so that edits count at once. None
    # unless somebody asks: whoever calls the server could read them through a function.
    hot_reload: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    host: str = "127.0.0.1"
    # LocalStack's port, which plug-ins and tutorials know.
    port: int = 4566
    data: Path = Path(".lambent")
    ephemeral: bool = False
    # Empty: SQLite inside `data`.
    store: str = ""
    auth: str = "off"
    account_id: str = "000000000000"
    # How long SIGTERM lets what is in flight go on.
    drain_seconds: float = 10.0
    # How long a client may stop inside what it sends or takes. AWS's S3 gives 20 seconds, its load
    # balancers 60: one that went away without a word should not hold an upload open for ever.
    stall_seconds: float = 60.0
    mail: MailSettings = field(default_factory=MailSettings)
    functions: FunctionSettings = field(default_factory=FunctionSettings)

    @property
    def endpoint_url(self) -> str:
        # AWS: 127.0.0.1, not localhost: SDKs use path-style buckets for an IP address only.
        host = "127.0.0.1" if self.host in ("0.0.0.0", "localhost", "::") else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
