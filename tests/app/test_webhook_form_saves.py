"""Saving, leaving and duplicating webhooks: two people at once, changes that would be lost."""

from corgea_tui.screens.dialogs.conflict import ConflictDialog
from corgea_tui.screens.dialogs.questions import LeaveForm
from corgea_tui.screens.form_screens.webhook_form import WebhookForm
from corgea_tui.widgets.fields.dropdown import Dropdown
from daemon.protocol import Problem
from tests.app.fake_daemon import info, webhook
from tests.app.forms import edit, form, saved

PUT = ("PUT", "/v1/webhooks/w1")
STALE = Problem("Stale version", 412, "saved by somebody else", current={})


class TestTwoAtOnce:
    def theirs(self, daemon, **more):
        answers = [STALE, saved(webhook(1, version=5))]
        daemon.answers[PUT] = lambda _: answers.pop(0)
        current = webhook(1, version=4, name="theirs", retry_set={"rate": 5.0}, **more)
        daemon.answers["GET", "/v1/webhooks/w1"] = current

    async def test_both_sides_are_shown_and_merged_field_by_field(self, run, daemon):
        self.theirs(daemon)
        async with form(run, edit(webhook(1))) as shown:
            await shown.enter("name", "mine")
            await shown.enter("timeout", "7")
            await shown.press("ctrl+o")
            assert isinstance(shown.screen, ConflictDialog)
            for words in ("Name  changed by both", "Rate limit  changed by them", "version 4"):
                assert words in shown.text
            await shown.press("space", "ctrl+o")  # the name is theirs, the timeout mine
            second = shown.sent(*PUT)[1]
            assert second["name"] == "theirs"
            assert second["retry"] == {"rate": 5, "timeout": 7}
            assert daemon.versions == [1, 4]
            assert not isinstance(shown.screen, WebhookForm)

    async def test_mine_can_be_saved_over_theirs_knowingly(self, run, daemon):
        self.theirs(daemon)
        async with form(run, edit(webhook(1))) as shown:
            await shown.enter("name", "mine")
            await shown.press("ctrl+o", "y", "ctrl+o")
            second = shown.sent(*PUT)[1]
            assert (second["name"], second["retry"]) == ("mine", {})

    async def test_going_on_editing_saves_nothing(self, run, daemon):
        self.theirs(daemon)
        async with form(run, edit(webhook(1))) as shown:
            await shown.enter("name", "mine")
            await shown.press("ctrl+o", "escape")
            assert isinstance(shown.screen, WebhookForm)
            assert len(shown.sent(*PUT)) == 1
            assert "mine" in shown.text

    async def test_a_mouse_chooses_too(self, run, daemon):
        self.theirs(daemon)
        async with form(run, edit(webhook(1))) as shown:
            await shown.enter("name", "mine")
            await shown.press("ctrl+o")
            await shown.running.pilot.click("#side-name", offset=(3, 1))
            await shown.press("ctrl+o")
            assert shown.sent(*PUT)[1]["name"] == "theirs"

    async def test_a_change_that_comes_while_nothing_was_entered_is_taken_over(self, run, daemon):
        async with form(run, edit(webhook(1))) as shown:
            await shown.running.arrive(webhooks=(webhook(1, version=2, name="renamed"),))
            assert "renamed" in shown.running.line("Name")
            assert "no changes" in shown.text

    async def test_that_it_is_gone_may_show_with_the_save(self, run, daemon):
        daemon.answers[PUT] = Problem("Not found", 404, "no such webhook")
        async with form(run, edit(webhook(1))) as shown:
            await shown.enter("name", "mine")
            await shown.press("ctrl+o")
            assert "another user deleted this webhook" in shown.text
            assert isinstance(shown.screen, WebhookForm)


class TestLeaving:
    async def test_without_changes_it_is_left_at_once(self, run):
        async with form(run, edit(webhook(1))) as shown:
            await shown.press("escape")
            assert not isinstance(shown.screen, WebhookForm)

    async def test_with_changes_it_asks(self, run, daemon):
        async with form(run, edit(webhook(1))) as shown:
            await shown.press("x", "escape")
            assert isinstance(shown.screen, LeaveForm)
            await shown.press("escape")
            assert isinstance(shown.screen, WebhookForm)
            await shown.press("escape", "s")
            assert len(shown.sent(*PUT)) == 1

    async def test_changes_can_be_given_up(self, run, daemon):
        async with form(run, edit(webhook(1))) as shown:
            await shown.press("x", "escape", "l")
            assert not isinstance(shown.screen, WebhookForm | LeaveForm)
            assert shown.sent(*PUT) == []

    async def test_a_change_that_was_taken_back_is_none(self, run):
        async with form(run, edit(webhook(1))) as shown:
            await shown.press("x", "backspace", "escape")
            assert not isinstance(shown.screen, WebhookForm | LeaveForm)

    async def test_escape_closes_a_menu_first(self, run):
        async with form(run, WebhookForm) as shown:
            await shown.go("destination", kind=Dropdown)
            await shown.press("enter", "escape")
            assert isinstance(shown.screen, WebhookForm)


class TestLocked:
    async def test_what_comes_from_a_file_says_which_and_is_only_read(
        self, run, daemon, monkeypatch, tmp_path
    ):
        monkeypatch.setenv("CORGEA_HOME", str(tmp_path))
        async with form(run, edit(webhook(1, managed_by="team.toml"))) as shown:
            assert "comes from the file team.toml: change it there" in shown.text
            await shown.press("x", "ctrl+o", "ctrl+t")
            assert daemon.asked("PUT", "/v1/webhooks/w1") == []
            assert "^o save" not in shown.text
            assert "Edit" not in shown.text
            await shown.press("escape")
            assert not isinstance(shown.screen, WebhookForm)

    async def test_a_file_on_this_machine_is_opened_in_the_editor(
        self, run, daemon, monkeypatch, tmp_path
    ):
        (tmp_path / "webhooks.d").mkdir()
        file = tmp_path / "webhooks.d" / "team.toml"
        file.write_text("")
        monkeypatch.setenv("CORGEA_HOME", str(tmp_path))
        async with form(run, edit(webhook(1, managed_by="team.toml"))) as shown:
            assert f"{file}: e opens it in $EDITOR" in " ".join(shown.text.split())
            opened = []
            monkeypatch.setattr(
                "corgea_tui.screens.form_screens.webhook_form.open_in_editor", opened.append
            )
            monkeypatch.setattr(shown.running.app, "suspend", _nothing)
            await shown.press("e")
            assert opened == [file]

    async def test_who_may_not_save_reads_only_and_sees_why(self, run, daemon):
        daemon.info = info(role="operator")
        async with form(run, edit(webhook(1))) as shown:
            assert "needs an admin: ann is an operator here" in shown.text
            await shown.press("ctrl+o")
            assert daemon.versions == []


class _Nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def _nothing():
    return _Nothing()


class TestDuplicate:
    async def test_it_has_another_name_and_asks_for_credentials(self, run, daemon):
        header = {"name": "X-Api-Key", "value": "••••9f2c", "credential": True}
        original = webhook(1, headers=[header], url="https://example.com/hook")
        daemon.webhooks = [original]
        async with form(run, edit(original, duplicate=True)) as shown:
            assert "Slack #security copy" in shown.text
            await shown.press("ctrl+o")
            assert shown.sent() == []
            await shown.enter("headers", "k3y", index=1)
            await shown.press("ctrl+o")
            (body,) = shown.sent()
            assert body["headers"] == [{"name": "X-Api-Key", "value": "k3y", "credential": True}]
            assert "secret" not in body
