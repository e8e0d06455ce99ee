"""Two saves of one webhook: what differs, who changed it, what comes of choosing."""

from dataclasses import replace

from corgea_tui.forms.merge import NOTHING, divergences, in_words, merged
from corgea_tui.forms.webhook_draft import ConditionRow, Draft, HeaderRow, SecretEntry

BASE = Draft(name="hook", url="https://a.example/", events=("scan.*",))


def test_each_difference_says_who_made_it():
    mine = replace(BASE, name="mine", url="https://mine.example/")
    theirs = replace(BASE, name="theirs", rate="5")
    found = {each.field: each for each in divergences(BASE, mine, theirs)}
    assert {name: each.by for name, each in found.items()} == {
        "name": "both",
        "url": "you",
        "rate": "them",
    }
    assert found["rate"].proposed == "theirs"
    assert found["url"].proposed == found["name"].proposed == "yours"
    assert (found["rate"].theirs, found["rate"].yours) == ("5", NOTHING)


def test_choosing_takes_their_form_with_my_fields():
    mine, theirs = replace(BASE, name="mine", rate="1"), replace(BASE, name="theirs", timeout="3")
    after = merged(mine, theirs, {"name": "theirs", "rate": "yours", "timeout": "theirs"})
    assert (after.name, after.rate, after.timeout) == ("theirs", "1", "3")


def test_the_same_change_by_both_is_no_difference():
    both = replace(BASE, name="same")
    assert divergences(BASE, both, both) == []


def test_secrets_and_credentials_are_never_put_in_words():
    typed = SecretEntry("••••9f2c", "set", "s3cr3t")
    row = HeaderRow("Authorization", "t0ken", prefix="Bearer ")
    said = in_words(typed) + in_words((row,)) + in_words(SecretEntry("••••9f2c"))
    assert "s3cr3t" not in said
    assert "t0ken" not in said
    assert "••••9f2c" in said


def test_rows_are_said_one_a_line():
    rows = (ConditionRow("data.urgency", "in", "CR, HI"), ConditionRow("data.scan_id", "present"))
    assert in_words(rows) == "data.urgency in CR, HI\ndata.scan_id present"
