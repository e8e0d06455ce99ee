"""`corgea-tui` and `python -m corgea_tui`."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from corgea_tui.cli.run import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
