"""
AWS's interface client for Node.js, in build/: found by the tests, made by running this module.

It needs npm, a C++ compiler, cmake and the autotools.
"""

import shutil
import subprocess
import sys
from pathlib import Path

_FOLDER = Path("build/aws-lambda-ric").resolve()
_NATIVE = _FOLDER / "node_modules/aws-lambda-ric/dist/rapid-client.node"
_TOOLS = ("npm", "g++", "make", "cmake", "autoreconf", "libtoolize")


def find_client() -> Path | None:
    return _FOLDER if _NATIVE.exists() else None


def main() -> int:
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        print(f"aws-lambda-ric cannot be built: {', '.join(missing)} missing", file=sys.stderr)
        return 1
    _FOLDER.mkdir(parents=True, exist_ok=True)
    (_FOLDER / "package.json").write_text('{"private": true}')
    subprocess.run(["npm", "install", "-s", "aws-lambda-ric@3.3"], cwd=_FOLDER, check=True)
    return 0 if find_client() else 1


if __name__ == "__main__":
    sys.exit(main())
