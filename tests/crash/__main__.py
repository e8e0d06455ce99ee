"""`python -m tests.crash`: kill a daemon many times under load and see whether anything is lost."""

import shutil
import sys
import tempfile
from pathlib import Path

import click

from tests.crash.campaign import ALL, run_campaign
from tests.crash.mutations import MUTATIONS, program
from tests.harness.daemon import DAEMON
from tests.harness.failpoints import NAMES


@click.command()
@click.option("--events", default=2_000, show_default=True, help="Events of the producer.")
@click.option("--kills", default=30, show_default=True, help="Deaths of the daemon.")
@click.option("--seed", default=1, show_default=True, help="Decides what is chosen at random.")
@click.option(
    "--failpoints",
    type=click.Choice(["all", "random", *NAMES]),
    metavar="all|random|NAME",
    default="random",
    show_default=True,
    help="Every failpoint in turn, some of them, or one.",
)
@click.option("--mutate", type=click.Choice(list(MUTATIONS)), help="Kill a daemon with this fault.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the result: .json or .md.")
@click.option("--keep", is_flag=True, help="Keep the home for a look.")
def main(
    *,
    events: int,
    kills: int,
    seed: int,
    failpoints: str,
    mutate: str | None,
    report: Path | None,
    keep: bool,
) -> None:
    """Kill a daemon many times under load; exit 1 when anything does not hold."""
    home = Path(tempfile.mkdtemp(prefix="cg-crash-", dir="/tmp"))
    verdict = run_campaign(
        home,
        events=events,
        kills=kills,
        seed=seed,
        failpoints={"all": ALL, "random": ()}.get(failpoints, (failpoints,)),
        program=DAEMON if mutate is None else program(mutate),
        drain_seconds=60 + events / 200,
        progress=_progress,
    )
    click.echo(verdict.markdown())
    if report is not None:
        verdict.write(report)
    if keep or not verdict.sound:
        click.echo(f"kept: {home}")
    else:
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(0 if verdict.sound else 1)


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{words} ")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
