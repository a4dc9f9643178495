"""
The file system that functions see, built once by the zygote and copied by every sandbox.

The server says what it holds (`sandbox/file_system.py`); this only carries it out.
"""

from __future__ import annotations

import os
from typing import Any

from lambent.runtime.sandbox.inside import linux

# Where the host's own tree hangs while a sandbox is being set up; gone before user code runs.
HOST = "/.host"
# ext4 has one for every 16 KB.
_FILES_PER_MEGABYTE = 64


def enter(plan: dict[str, Any]) -> None:
    """Make the planned root the root of this mount namespace. The host stays at `HOST`."""
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    root = plan["root"]
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID, "mode=0755,size=4m")
    for folder in plan["folders"]:
        os.makedirs(root + folder, exist_ok=True)
    for path, text in plan["files"].items():
        with open(root + path, "w") as file:
            file.write(text)
    for path, target in plan["links"].items():
        os.symlink(target, root + path)
    for source, target in plan["binds"]:
        _bind(source, root + target)
    linux.make_read_only(root)
    for device in plan["devices"]:
        linux.mount(device, root + device, flags=linux.MS_BIND)
    linux.pivot_root(root, root + HOST)
    os.chdir("/")


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "a").close()
    linux.mount(source, target, flags=linux.MS_BIND | linux.MS_REC)


def furnish(outfit: dict[str, Any]) -> None:
    """Give one sandbox its code, its layers and its /tmp, and take the host away."""
    linux.bind(HOST + outfit["code"], "/var/task")
    layers = outfit["layers"]
    if len(layers) == 1:
        linux.bind(HOST + layers[0], "/opt")
    elif layers:
        # AWS: layers are unpacked in order, so a later one wins; overlayfs lists the upper first.
        lower = ":".join(HOST + layer for layer in reversed(layers))
        linux.mount("overlay", "/opt", "overlay", linux.MS_RDONLY, f"lowerdir={lower}")
        linux.make_read_only("/opt")
    for source, target in outfit["binds"]:
        linux.bind(HOST + source, target)
    mount_tmp("/tmp", outfit["tmp_megabytes"])
    linux.detach(HOST)


def mount_tmp(target: str, megabytes: int) -> None:
    """A /tmp of that size; with as many files as a disk of that size would have."""
    flags = linux.MS_NOSUID | linux.MS_NODEV
    options = f"mode=1777,size={megabytes}m,nr_inodes={megabytes * _FILES_PER_MEGABYTE}"
    linux.mount("tmpfs", target, "tmpfs", flags, options)


def mount_proc() -> None:
    """A /proc that shows only the sandbox's own processes."""
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("proc", "/proc", "proc", flags)
