"""`corgea-daemon`, also as `python -m daemon`."""

import sys

from daemon.cli.run import run


def main() -> None:
    """Carry out the command line and end the process."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
