"""
The root that functions see: which parts of the host, and nothing else of it.

Pure but for looking what there is. The zygote carries the plan out (`inside/root.py`).
"""

import glob
import os
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# The SDK that functions find without bringing it, as on AWS.
SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
RUNTIME_FOLDER = "/var/runtime"
TASK_ROOT = "/var/task"
DEBUGGER_FOLDER = "/var/runtime/debugger"
LAYERS_ROOT = "/opt"

_DEBUGGER = "debugpy"
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_CERTIFICATES = ("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/alternatives")
_COPIED = (
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/mime.types",
    "/etc/ca-certificates.conf",
    "/etc/ld.so.conf",
)
_BOUND = ("/etc/localtime", "/etc/ld.so.cache")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_PASSWD = (
    "root:x:0:0:root:/root:/sbin/nologin\n"
    "sbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/:/sbin/nologin\n"
)
_GROUP = "root:x:0:\nsbx_group:x:990:\nnogroup:x:65534:\n"


@dataclass(slots=True)
class RootPlan:
    """What `inside/root.enter` needs."""

    root: str
    folders: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    binds: list[tuple[str, str]] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "root": self.root,
            "folders": self.folders,
            "files": self.files,
            "links": self.links,
            "binds": self.binds,
            "devices": self.devices,
        }


def sdk_folders() -> list[tuple[str, str]]:
    """Each package of the SDK that this server has: (name in the runtime folder, path)."""
    found = []
    for name in SDK:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        if spec.submodule_search_locations:
            found.append((name, os.path.dirname(spec.origin)))
        else:
            found.append((f"{name}.py", spec.origin))
    return found


def debugger_package() -> tuple[str, str] | None:
    """The debugger that this server has for Python: its name and its path."""
    spec = find_spec(_DEBUGGER)
    if spec is None or spec.origin is None:
        return None
    # A link on the way would lead nowhere inside the sandbox.
    return _DEBUGGER, os.path.realpath(os.path.dirname(spec.origin))


def plan_root(mount_point: Path, prefixes: list[str], bootstraps: Path) -> RootPlan:
    """
    The plan for functions whose interpreters live under `prefixes`.
    """
    plan = RootPlan(root=str(mount_point))
    plan.folders = ["/.host", "/proc", "/tmp", "/dev", "/etc", TASK_ROOT, LAYERS_ROOT]
    plan.folders += [f"{DEBUGGER_FOLDER}/{_DEBUGGER}"]
    plan.files = {
        "/etc/passwd": _PASSWD,
        "/etc/group": _GROUP,
        "/etc/hostname": "lambda\n",
        **{path: _text(path) for path in _COPIED if os.path.isfile(path)},
        # AWS: extensions listen for telemetry at this name.
        "/etc/hosts": _text("/etc/hosts") + "127.0.0.1 sandbox.localdomain sandbox\n",
        **dict.fromkeys(_DEVICES, ""),
    }
    plan.devices = list(_DEVICES)
    plan.links = {
        "/dev/fd": "/proc/self/fd",
        "/dev/stdin": "/proc/self/fd/0",
        "/dev/stdout": "/proc/self/fd/1",
        "/dev/stderr": "/proc/self/fd/2",
    }
    plan.binds = [("/usr", "/usr")]
    for path in _SYSTEM:
        if os.path.islink(path):
            plan.links[path] = os.readlink(path)
        elif os.path.isdir(path):
            plan.binds.append((path, path))
    plan.binds += [(path, path) for path in _CERTIFICATES if os.path.isdir(path)]
    plan.binds += [(os.path.realpath(path), path) for path in _BOUND if os.path.isfile(path)]
    for prefix in dict.fromkeys(prefixes):
        if not prefix.startswith("/usr/") and prefix != "/usr":
            plan.binds.append((prefix, prefix))
    plan.binds += [(source, f"{RUNTIME_FOLDER}/{name}") for name, source in sdk_folders()]
    hooks = "snapshot_restore_py.py"
    plan.binds.append((str(bootstraps / "python" / hooks), f"{RUNTIME_FOLDER}/{hooks}"))
    for language in ("nodejs", "python"):
        plan.binds.append((str(bootstraps / language), f"{RUNTIME_FOLDER}/{language}"))
    return plan


def java_settings() -> list[str]:
    """Debian keeps the settings of Java there, and links to them from its folders."""
    return sorted(glob.glob("/etc/java-*"))


def host_packages_of(prefix: str, version: str) -> list[str]:
    """Folders of packages that the host installed for itself; functions must not find them."""
    candidates = [
        f"{prefix}/lib/python{version}/site-packages",
        f"{prefix}/lib/python3/dist-packages",
        f"{prefix}/local/lib/python{version}/dist-packages",
    ]
    return [path for path in candidates if os.path.isdir(path)]


def _text(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def own_interpreter() -> tuple[str, str]:
    """The interpreter of the server without its virtual environment: (executable, prefix)."""
    executable = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    return executable, str(sysconfig.get_config_var("installed_base") or sys.base_prefix)


def own_standard_library() -> list[str]:
    """The server's search path without any packages."""
    library = os.path.dirname(os.path.realpath(os.__file__))
    return [library, f"{library}/lib-dynload"]
