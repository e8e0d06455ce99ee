"""`check`: checks settings, webhook files and the audit, with or without a running daemon."""

import sys
from pathlib import Path

import click

from daemon.cli.root import FAILED, CommandProblem, settings_argument, verb
from daemon.domain.configuration.file_plan import make_plan
from daemon.domain.configuration.form import read_webhook
from daemon.domain.events.catalogue import known_types
from daemon.protocol import SettingProblem
from daemon.protocol.paths import Paths
from daemon.services.webhook_files import FolderRead, read_folder
from daemon.settings import Settings, SettingsInvalid, load_settings, problem_line


@verb(
    "check",
    example="corgea-daemon check\ncorgea-daemon check --example > daemon.toml\n"
    "corgea-daemon check --audit",
)
@click.option("--audit", is_flag=True, help="Check that the audit was not changed.")
@click.option("--with", "known", metavar="HASH", help="With --audit: this entry must be there.")
@click.option("--example", "as_example", is_flag=True, help="Print a documented daemon.toml.")
@click.option("--settings", type=settings_argument, help="Check this file instead of daemon.toml.")
@click.pass_context
def check(
    ctx: click.Context,
    *,
    paths: Paths,
    audit: bool,
    known: str | None,
    as_example: bool,
    settings: Path | None,
) -> None:
    """Check daemon.toml and webhooks.d/; exit 1 with every error as FILE:LINE: message.

    The variables that webhook files name are taken from the environment of this command.

    With --audit, it checks the audit in the database, also while the daemon runs, and exits 1 with
    the first entry that is not as it was written. The newest entry that this machine knows must be
    there, and so must the one with HASH. The log has the hash of each entry.
    """
    if known is not None and not audit:
        raise click.UsageError("--with is for --audit.")
    if audit:
        _audit(paths, known)
        return
    if as_example:
        from daemon.settings.views import example

        print(example(), end="")
        return
    problems, in_effect = _settings(settings or paths.settings, system=paths.log is None)
    found, more = _webhooks(paths.webhooks, in_effect)
    for problem in (*problems, *more):
        print(problem_line(problem))
    for warning in found.warnings:
        print(f"warning: {problem_line(warning)}", file=sys.stderr)
    if problems or more:
        ctx.exit(FAILED)
    webhooks = sum(len(file.webhooks) for file in found.valid)
    print(f"valid: settings, {webhooks} webhooks in {len(found.valid)} files")


def _audit(paths: Paths, known: str | None) -> None:
    """Print the end of the audit, or raise `CommandProblem`."""
    from daemon.store.audit import BrokenChain
    from daemon.store.cipher import KeyProblem
    from daemon.store.errors import StoreProblem
    from daemon.store.maintenance.audit_check import check_audit

    try:
        end = check_audit(paths.database, paths.key, known=known)
    except BrokenChain as error:
        raise CommandProblem(f"the audit was tampered with: {error}") from error
    except (KeyProblem, StoreProblem) as error:
        raise CommandProblem(str(error)) from error
    print(f"valid: {end.number:,} audit entries, the last with hash {end.hash}")


def _settings(path: Path, *, system: bool) -> tuple[tuple[SettingProblem, ...], Settings]:
    """The errors of the settings, and the settings for the check of webhooks."""
    try:
        return (), load_settings(path, system=system)
    except SettingsInvalid as invalid:
        return invalid.problems, Settings()


def _webhooks(folder: Path, settings: Settings) -> tuple[FolderRead, list[SettingProblem]]:
    """The webhook files, and the errors in each and between them."""
    types = known_types(extra.name for extra in settings.events.types)
    try:
        found = read_folder(folder, lambda form: read_webhook(form, known_types=types))
    except FileNotFoundError:
        return FolderRead(), []
    plan = make_plan(found.valid, found.broken, ())
    together = [
        SettingProblem(str(folder / conflict.file), conflict.line, conflict.message)
        for conflict in plan.conflicts
    ]
    return found, [*found.problems, *together]
