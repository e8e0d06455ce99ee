"""Statistics equal history, whatever happened; streaks equal the model's."""

from collections import Counter
from typing import Any

from tests.simulation.world import World

_IN_SERIES = ("attempts", "succeeded", "failed", "discarded")


def check(world: World, daemon: Any) -> None:
    check_stored(world, daemon)
    check_streaks(world, daemon)
    _check_held(world, daemon)
    _check_series(world, daemon)
    _check_webhooks(world, daemon)


def check_stored(world: World, daemon: Any) -> None:
    """Lifetime counts = what a recount of all that ever happened gives, for every webhook."""
    stored = {
        (webhook, metric): n
        for webhook, metric, n in daemon.service.db.execute_sql(
            "SELECT webhook_id, metric, n FROM counters WHERE span = 'total'"
        )
    }
    wanted = _wanted(world, daemon)
    _compare(world, "the counts", stored, wanted)
    _compare(world, "what was told of counts", dict(world.oracle.published_counts), wanted)


def _check_held(world: World, daemon: Any) -> None:
    held = {}
    for entry in daemon.service.registry.everything():
        counts = {**entry.counts, **{f"ms:{index}": n for index, n in entry.bins.items()}}
        held |= {(entry.webhook.row, metric): n for metric, n in counts.items()}
    _compare(world, "the daemon's counts", held, _wanted(world, daemon))


def _wanted(world: World, daemon: Any) -> Counter[tuple[int, str]]:
    wanted = Counter(world.oracle.counts)
    left = {row for (row,) in daemon.service.db.execute_sql("SELECT id FROM deliveries")}
    for row, known in world.oracle.deliveries.items():
        if row not in left:
            wanted[known.record.webhook, "pruned"] += 1
    return wanted


def check_streaks(world: World, daemon: Any) -> None:
    """A webhook's streak is the model's."""
    for row, consecutive_failures in daemon.service.db.execute_sql(
        "SELECT id, streak FROM webhooks"
    ):
        if consecutive_failures != world.oracle.webhooks[row].consecutive_failures:
            world.violation(
                f"webhook {row} has a streak of {consecutive_failures}, the model"
                f" {world.oracle.webhooks[row].consecutive_failures}"
            )


def _compare(
    world: World, what: str, found: dict[tuple[int, str], int], wanted: Counter[tuple[int, str]]
) -> None:
    for key in sorted(found.keys() | wanted.keys()):
        if found.get(key, 0) != wanted[key]:
            world.violation(f"{what}: {key} is {found.get(key, 0)}, history says {wanted[key]}")


def _check_series(world: World, daemon: Any) -> None:
    """Minutes and hours add up to the same, and what they count to its total."""
    if world.counts_pruned:
        return
    sums: dict[str, Counter[tuple[int, str]]] = {"minute": Counter(), "hour": Counter()}
    for span, webhook, metric, n in daemon.service.db.execute_sql(
        "SELECT span, webhook_id, metric, sum(n) FROM counters WHERE span != 'total' GROUP BY 1,2,3"
    ):
        sums[span][webhook, metric] = n
    if sums["minute"] != sums["hour"]:
        world.violation(f"minutes and hours differ: {sums}")
    for (webhook, metric), n in world.oracle.counts.items():
        if metric in _IN_SERIES and sums["hour"][webhook, metric] != n:
            world.violation(f"the hours of webhook {webhook} do not add up to {n} {metric}")


def _check_webhooks(world: World, daemon: Any) -> None:
    """State, streak and last use: the same in the store, the writer, the registry, the model."""
    service = daemon.service
    for row, consecutive_failures, last, state in service.db.execute_sql(
        "SELECT id, streak, last_triggered_at, state FROM webhooks"
    ):
        model = world.oracle.webhooks[row]
        entry = service.registry.by_row(row)
        standing = service.writer.memory.health[row]
        streaks = {
            consecutive_failures,
            model.consecutive_failures,
            entry.consecutive_failures,
            standing.consecutive_failures,
        }
        if len(streaks) > 1:
            world.violation(f"webhook {row} has the streaks {streaks}")
        if {last, entry.last_triggered_at} != {world.oracle.last_sent.get(row)}:
            world.violation(f"webhook {row} was sent to last at {last}, or another time")
        if state != model.webhook.state.value or entry.webhook != model.webhook:
            world.violation(f"webhook {row} is {state}, told was {model.webhook}")
        if (
            standing.blocked_reason != model.webhook.blocked_reason
            or service.writer.memory.webhooks[row] != model.webhook
        ):
            world.violation(f"the writer takes webhook {row} for {standing.blocked_reason}")
