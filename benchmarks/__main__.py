"""`python -m benchmarks [--alone] [NAME …]`: run the benchmarks; exit status 1 when one fails."""

import sys
from importlib import import_module

# Those that compare with peers. The others (wire, asl, sandbox) are scripts of their own.
_SCRIPTS = ("server", "dynamodb")


def main() -> None:
    arguments = sys.argv[1:]
    peers = [] if "--alone" in arguments else ["moto", "ministack"]
    names = [name for name in arguments if not name.startswith("-")] or _SCRIPTS
    figures = [
        figure for name in names for figure in import_module(f"benchmarks.{name}").figures(peers)
    ]
    print()
    for figure in figures:
        print(figure.line())
    if not all(figure.holds for figure in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
