"""`python -m benchmarks [--alone] [NAME …]`: run the benchmarks; exit status 1 when one fails."""

import argparse
from importlib import import_module

# Those that compare with peers. The others (wire, asl, sandbox) are scripts of their own.
_SCRIPTS = ("server", "dynamodb")
_ALL = (*_SCRIPTS, "event_sources", "functions", "stepfunctions", "waiting")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(_ALL))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in _ALL]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(_ALL)}")
    peers = [] if arguments.alone else ["moto", "ministack"]
    names = arguments.names or _SCRIPTS
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
