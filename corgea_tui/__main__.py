"""`corgea-tui` and `python -m corgea_tui`."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        from corgea_tui.cli.run import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while it was still starting or ending
        code = INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    main()
