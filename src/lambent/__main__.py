"""`python -m lambent` and the command `lambent`."""

import time

STARTED = time.time()


def main() -> None:
    from lambent.cli.commands import lambent

    lambent(prog_name="lambent")


if __name__ == "__main__":
    main()
