"""What files and store make necessary: by example, and by property against a simple truth."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.configuration.file_plan import (
    RequestedWebhook,
    StoredWebhook,
    ValidFile,
    make_plan,
)
from daemon.domain.webhooks.config import WebhookConfig


def config(name: str, url: str = "https://a.example.com") -> WebhookConfig:
    return WebhookConfig(name, url, ("scan.*",))


def file(name: str, *webhooks: str, url: str = "https://a.example.com") -> ValidFile:
    wanted = (
        RequestedWebhook(10 * n + 1, {}, config(each, url)) for n, each in enumerate(webhooks)
    )
    return ValidFile(name, tuple(wanted))


def present(name: str, owner: str | None = None) -> StoredWebhook:
    return StoredWebhook(f"id-{name}", owner, config(name))


def said(plan):
    """A plan in short: names to make, to change (with file), orphans, conflicts by file."""
    return (
        [change.requested.name for change in plan.changes if change.stored is None],
        [(change.requested.name, change.file) for change in plan.changes if change.stored],
        [orphan.config.name for orphan in plan.orphans],
        [(conflict.file, conflict.line) for conflict in plan.conflicts],
    )


def test_what_is_new_is_made():
    assert said(make_plan([file("a.toml", "x", "y")], (), ())) == (["x", "y"], [], [], [])


def test_what_is_as_its_file_says_is_left_alone():
    assert said(make_plan([file("a.toml", "x")], (), [present("x", "a.toml")])) == ([], [], [], [])


def test_what_differs_is_changed():
    plan = make_plan([file("a.toml", "x", url="https://b")], (), [present("x", "a.toml")])
    assert said(plan) == ([], [("x", "a.toml")], [], [])


def test_what_no_file_names_any_more_is_an_orphan_but_not_what_never_had_a_file():
    there = [present("gone", "a.toml"), present("lost", "b.toml"), present("by hand")]
    assert said(make_plan([file("a.toml")], (), there)) == ([], [], ["gone", "lost"], [])


def test_a_broken_file_keeps_what_it_has():
    there = [present("x", "a.toml"), present("y", "b.toml")]
    assert said(make_plan([], {"a.toml"}, there)) == ([], [], ["y"], [])


def test_a_name_made_by_hand_is_an_error_of_the_whole_file():
    there = [present("x"), present("z", "a.toml")]
    plan = make_plan([file("a.toml", "y", "x"), file("b.toml", "w")], (), there)
    assert said(plan) == (["w"], [], [], [("a.toml", 11)])
    assert "exists already and belongs to no file" in plan.conflicts[0].message


def test_a_name_twice_in_a_file_is_reported_with_the_first_line():
    plan = make_plan([file("a.toml", "x", "x")], (), ())
    assert said(plan) == ([], [], [], [("a.toml", 11)])
    assert "in line 1" in plan.conflicts[0].message


def test_of_two_files_the_first_has_a_new_name():
    plan = make_plan([file("b.toml", "x"), file("a.toml", "x")], (), ())
    assert said(plan) == (["x"], [], [], [("b.toml", 1)])
    assert "is in a.toml already" in plan.conflicts[0].message


def test_of_two_files_the_one_that_has_a_name_keeps_it():
    plan = make_plan([file("a.toml", "x"), file("b.toml", "x")], (), [present("x", "b.toml")])
    assert said(plan) == ([], [], [], [("a.toml", 1)])


def test_a_webhook_moves_with_its_table():
    there = [present("x", "a.toml"), present("y", "a.toml")]
    moved = [file("a.toml", "y"), file("b.toml", "x")]
    assert said(make_plan(moved, (), there)) == ([], [("x", "b.toml")], [], [])
    renamed = [file("c.toml", "x", "y")]
    assert said(make_plan(renamed, (), there)) == ([], [("x", "c.toml"), ("y", "c.toml")], [], [])


def test_a_webhook_does_not_move_out_of_a_broken_file():
    plan = make_plan([file("b.toml", "x")], {"a.toml"}, [present("x", "a.toml")])
    assert said(plan) == ([], [], [], [("b.toml", 1)])
    assert "belongs to a.toml" in plan.conflicts[0].message


def test_a_conflict_passes_on_to_files_that_counted_on_it():
    # b.toml gives x up but is in conflict itself, so it keeps x, and c.toml cannot have it.
    there = [present("x", "b.toml"), present("hand")]
    plan = make_plan([file("b.toml", "hand"), file("c.toml", "x")], (), there)
    assert said(plan) == ([], [], [], [("b.toml", 1), ("c.toml", 1)])


names = st.sampled_from("vwxyz")
file_names = st.sampled_from(["a.toml", "b.toml", "c.toml"])
folders = st.dictionaries(file_names, st.lists(names, max_size=3), max_size=3)
stores = st.dictionaries(names, st.none() | file_names, max_size=5)


@given(folders, st.sets(file_names, max_size=1), stores)
def test_a_plan_leads_to_where_it_wants_and_rests_there(folder, broken, store):
    files = [file(name, *wanted) for name, wanted in folder.items() if name not in broken]
    there = [present(name, owner) for name, owner in store.items()]
    plan = make_plan(files, broken, there)
    after = {each.config.name: each for each in there}
    for orphan in plan.orphans:
        assert orphan.owner is not None
        assert orphan.owner not in broken
        del after[orphan.config.name]
    for change in plan.changes:
        before = after.get(change.requested.name)
        assert before is change.stored
        assert before is None or before.owner is not None, "made by hand, never touched"
        after[change.requested.name] = present(change.requested.name, change.file)
    refused = {conflict.file for conflict in plan.conflicts}
    for each in files:
        if each.name not in refused:
            owned = {name for name, one in after.items() if one.owner == each.name}
            assert owned == {wanted.name for wanted in each.webhooks}
    kept = {name for name, owner in store.items() if owner in refused | broken}
    assert all(after[name].owner == store[name] for name in kept)
    again = make_plan(files, broken, list(after.values()))
    assert not again.changes
    assert not again.orphans
    assert {conflict.file for conflict in again.conflicts} == refused
