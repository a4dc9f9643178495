"""
Writes docs/reference/coverage.md from the code: every operation of every service.

An operation *works* when its service has the function. What is missing of one is said by the
`PARTLY` table of the service's `api`: operation → what is missing. `--check` fails when the page
is not up to date.
"""

import sys
from importlib import import_module
from pathlib import Path

from lambent import registry
from lambent.wire.model import service_model

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "coverage.md"
HEAD = """# What works

Every operation of every service that Lambent has, made from the code by `make coverage`. An
operation that is not supported answers with the error `NotSupportedByLambent`, never with a
silent success. So does every service that is not listed.

| service | works | partly | not supported |
|---|---|---|---|
"""


def page() -> str:
    summary, parts = [], []
    for service, folder in sorted(registry.SERVICES.items()):
        have = registry.operations(service)
        partly = getattr(import_module(f"lambent.services.{folder}.api"), "PARTLY", {})
        if list(registry.SERVICES.values()).count(folder) > 1:
            # A folder of two services has the operations of both.
            partly = {name: partly[name] for name in partly if name in have}
        unknown = set(partly) - set(have)
        if unknown:
            raise SystemExit(f"{service}: PARTLY names what is not there: {unknown}")
        every = sorted(service_model(service).operations)
        whole = [name for name in every if name in have and name not in partly]
        missing = [name for name in every if name not in have]
        summary.append(
            f"| [{service}](#{service}) | {len(whole)} | {len(partly)} | {len(missing)} |"
        )
        parts.append(f"\n## {service}\n\n**Works:** {', '.join(whole) or 'nothing'}.\n")
        if partly:
            rows = "".join(f"| {name} | {partly[name]} |\n" for name in sorted(partly))
            parts.append(f"\n| partly | what is missing |\n|---|---|\n{rows}")
        if missing:
            parts.append(f"\n**Not supported:** {', '.join(missing)}.\n")
    return HEAD + "\n".join(summary) + "\n" + "".join(parts)


def main() -> None:
    text = page()
    if "--check" in sys.argv:
        if not PAGE.is_file() or PAGE.read_text() != text:
            raise SystemExit("docs/reference/coverage.md is not up to date: make coverage")
        return
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text)


if __name__ == "__main__":
    main()
