"""
Starts the runtime in an interpreter of its own, for functions with a wrapper script.

Our package is not to be seen by functions, so that no more of it is here than what runs.
"""

from __future__ import annotations

import os
import sys
import types

_CONTROL = 3
_HERE = os.path.dirname(os.path.abspath(__file__))


def _make_package() -> None:
    """`lambent.runtime.bootstraps` without what the server has in it."""
    names = ("lambent", "lambent.runtime", "lambent.runtime.bootstraps")
    for name in names:
        package = types.ModuleType(name)
        package.__path__ = []
        sys.modules[name] = package
    sys.modules[names[-1]].__path__ = [os.path.dirname(_HERE)]
    # What takes snapshots is not here, and is not asked for: a zygote's child does that.
    left_out = f"{names[-1]}.python.snapshot"
    sys.modules[left_out] = types.ModuleType(left_out)


if __name__ == "__main__":
    # Of the folder of a script Python makes the first place to look for modules.
    if sys.path and sys.path[0] == _HERE:
        del sys.path[0]
    _make_package()
    from lambent.runtime.bootstraps.python import bootstrap

    bootstrap.run_wrapped(_CONTROL)
