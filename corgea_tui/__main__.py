"""`corgea-tui` and `python -m corgea_tui`."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Open the app or run the command line, and exit with its code."""
    try:
        from corgea_tui.app import opening

        args = sys.argv[1:]
        if opening.opens_app(args):
            code = opening.run(args)
        else:
            from corgea_tui.cli.run import run

            code = run(args)
    except KeyboardInterrupt:  # during the start or the end of the run
        code = INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    main()
