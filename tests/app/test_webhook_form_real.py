"""The forms against a real daemon, with its sockets, its store and an HTTPS receiver."""

import asyncio
import hmac
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from corgea_tui.app.app import CorgeaApp
from corgea_tui.client.connectors import SocketOpener
from corgea_tui.client.link import Link
from corgea_tui.screens.dialogs.conflict import ConflictDialog
from corgea_tui.screens.form_screens.emit_form import EmitForm
from corgea_tui.screens.form_screens.webhook_form import WebhookForm
from corgea_tui.state.session import Session
from tests.app.conftest import Running
from tests.app.forms import Form
from tests.harness.receiver import Authority
from tests.harness.rig import DaemonRig


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority.make(tmp_path_factory.mktemp("ca"))


@pytest_asyncio.fixture
async def rig(authority):
    with tempfile.TemporaryDirectory(prefix="cg") as home:
        rig = DaemonRig(Path(home), authority)
        await rig.receiver.start(authority.context())
        await rig.start()
        yield rig
        await rig.stop()
        await rig.receiver.close()


class RealForm(Form):
    """A form before a real daemon: what was set off takes its time."""

    async def until(self, condition):
        async with asyncio.timeout(10):
            while not condition():
                await self.running.pilot.pause(0.02)

    async def until_seen(self, words):
        await self.until(lambda: words in self.text)


@asynccontextmanager
async def real_form(rig, make):
    session = Session()

    def link(post, failed):
        return Link(SocketOpener(rig.paths.control), post, interval=0.02, failed=failed)

    app = CorgeaApp(session, link)
    async with app.run_test(size=(120, 60)) as pilot:
        running = Running(app, pilot, type("Here", (), {"daemon": None}), session)
        shown = RealForm(running)
        await shown.until(lambda: session.daemon is not None)
        await app.push_screen(make(session))
        await shown.until(lambda: shown.screen._events.recent.complete)
        yield shown


async def test_a_webhook_is_made_tested_and_changed(rig):
    async with real_form(rig, WebhookForm) as shown:
        await shown.enter("name", "Real")
        await shown.enter("url", rig.receiver.url())
        await shown.tick("events", "scan.completed")
        await shown.enter("secret", "s" * 40)
        await shown.press("ctrl+t")
        await shown.until_seen("Test  ✔ 200")
        assert len(rig.receiver.received) == 1
        await shown.press("ctrl+o")
        await shown.until(lambda: not isinstance(shown.screen, WebhookForm))
        session = shown.running.session
        await shown.until(lambda: [each.name for each in session.webhooks.values()] == ["Real"])
        (made,) = session.webhooks.values()
        assert made.secret.hint == "••••ssss"

        await shown.running.app.push_screen(WebhookForm(session, made))
        await shown.running.settle()
        await shown.enter("timeout", "3")
        await shown.press("ctrl+t")  # the stored secret is lent
        await shown.until(lambda: len(rig.receiver.received) == 2)
        signed = [each.headers["x-corgea-signature"] for each in rig.receiver.received]
        assert all(signed)
        await shown.press("ctrl+o")
        await shown.until(lambda: not isinstance(shown.screen, WebhookForm))
    stored = (await rig.get("/v1/webhooks")).json["items"][0]
    assert (stored["version"], stored["retry"]["timeout"]) == (2, 3)
    assert stored["secret"]["set"]


async def test_every_complaint_of_the_daemon_finds_its_field(rig):
    await rig.webhook("taken")
    async with real_form(rig, WebhookForm) as shown:
        shown.running.session.webhooks.clear()  # so that only the daemon knows
        await shown.enter("name", "taken")
        await shown.enter("url", rig.receiver.url())
        await shown.tick("events", "scan.completed")
        await shown.press("ctrl+o")
        await shown.until(lambda: "taken by another webhook" in shown.note("name"))


async def test_two_people_save_at_once(rig):
    made = await rig.webhook("shared")
    async with real_form(
        rig, lambda session: WebhookForm(session, session.webhooks[made["id"]])
    ) as shown:
        await shown.enter("name", "mine")
        theirs = {"name": "theirs", "url": made["url"], "events": ["scan.*"]}
        answer = await rig.call("PUT", f"/v1/webhooks/{made['id']}", theirs, If_Match="1")
        assert answer.status == 200
        await shown.until_seen("another user saved this webhook")
        await shown.press("ctrl+o")
        await shown.until(lambda: isinstance(shown.screen, ConflictDialog))
        await shown.press("ctrl+o")  # both changed the name: mine; only they the events: theirs
        await shown.until(lambda: not isinstance(shown.screen, WebhookForm | ConflictDialog))
    stored = (await rig.get(f"/v1/webhooks/{made['id']}")).json
    assert (stored["name"], stored["events"], stored["version"]) == ("mine", ["scan.*"], 3)


async def test_filters_are_weighed_against_what_came_in(rig):
    for urgency in ("CR", "LO", "CR"):
        await rig.emit({"urgency": urgency, "project": {"id": "p1", "name": "Billing"}})
    await rig.emit({"n": 1}, "scan.failed")
    async with real_form(rig, WebhookForm) as shown:
        await shown.tick("events", "scan.completed")
        await shown.until_seen("3 of 4 events of the last 24 h")
        await shown.go("conditions")
        await shown.press("enter", *"urg", "down", "enter", "tab", "tab", "down")
        await shown.until_seen("CR")
        line = shown.field("conditions").lines[0]
        line._value.entry.value = "CR"
        await shown.until(lambda: "2 of 4 events" in str(shown.field("passes")._text.content))


async def test_an_event_is_emitted_and_followed_to_its_end(rig):
    statuses = iter((500, 200, 200))

    async def answer(_):
        return next(statuses)

    rig.receiver.answer = answer
    await rig.webhook("wants it")
    await rig.webhook("does not", events=["scan.failed"])
    async with real_form(rig, EmitForm) as shown:
        await shown.press("ctrl+o")
        await shown.until_seen("went to 1 of 2 webhooks   ✔ 1 succeeded")
        assert "after 2 attempts" in shown.running.line("wants it")
        assert "not subscribed" in shown.running.line("does not")
        await shown.press("ctrl+o")
        await shown.until_seen("accepted before")
        await shown.press("ctrl+n")
        await shown.until(lambda: len(rig.receiver.received) == 3)
        await shown.until_seen("after 1 attempt ")


async def test_another_user_deletes_the_webhook(rig):
    made = await rig.webhook("shared")
    async with real_form(
        rig, lambda session: WebhookForm(session, session.webhooks[made["id"]])
    ) as shown:
        await shown.enter("name", "mine")
        answer = await rig.call("DELETE", f"/v1/webhooks/{made['id']}", If_Match="1")
        assert answer.status == 204
        await shown.until_seen("another user deleted this webhook")
        await shown.press("ctrl+o")
        await shown.until(lambda: not isinstance(shown.screen, WebhookForm))
    assert [each["name"] for each in (await rig.get("/v1/webhooks")).json["items"]] == ["mine"]


async def test_a_rotated_secret_signs_at_once_and_the_old_one_along(rig):
    old, new = "o" * 40, "n" * 40
    made = await rig.webhook("signed", secret=old)
    async with real_form(
        rig, lambda session: WebhookForm(session, session.webhooks[made["id"]])
    ) as shown:
        await shown.enter("secret", new)
        await shown.press("ctrl+o")
        await shown.until(lambda: not isinstance(shown.screen, WebhookForm))
    await rig.emit()
    await rig.settled()
    (received,) = rig.receiver.received
    expected = [hmac.new(key.encode(), received.body, "sha256").hexdigest() for key in (new, old)]
    names = ("x-corgea-signature", "x-corgea-signature-previous")
    assert [received.headers[name] for name in names] == expected


@pytest.mark.parametrize(
    ("destination", "field", "index", "typed", "sent"),
    [
        ("PagerDuty (Events v2)", "blanks", 0, "r0uting", '"routing_key": "r0uting"'),
        ("Splunk HEC", "headers", 1, "t0ken", "authorization: Splunk t0ken"),
        ("Jira Automation", "headers", 1, "t0ken", "x-automation-webhook-token: t0ken"),
    ],
)
async def test_what_a_destination_asks_for_is_sent(rig, destination, field, index, typed, sent):
    async with real_form(rig, WebhookForm) as shown:
        await shown.enter("name", "asks")
        await shown.enter("url", rig.receiver.url())
        await shown.choose("destination", destination)
        await shown.tick("events", "scan.completed")
        await shown.enter(field, typed, index)
        assert typed not in shown.text
        await shown.press("ctrl+o")
        await shown.until(lambda: not isinstance(shown.screen, WebhookForm))
    await rig.emit()
    await rig.settled()
    (received,) = rig.receiver.received
    headers = [f"{name.lower()}: {value}" for name, value in received.headers.items()]
    assert sent in [*headers, *(line.strip(" ,") for line in received.body.decode().split("\n"))]


async def test_the_daemon_goes_away_and_comes_back_under_an_open_form(rig):
    async with real_form(rig, WebhookForm) as shown:
        await shown.enter("name", "patient")
        await shown.enter("url", rig.receiver.url())
        await shown.tick("events", "scan.completed")
        await rig.stop()
        await shown.until_seen("no link")
        await shown.press("ctrl+o")
        await shown.until_seen("not connected to the daemon")
        await rig.start()
        await shown.until(lambda: shown.running.session.link_state.connected)
        await shown.press("ctrl+o")
        await shown.until(lambda: not isinstance(shown.screen, WebhookForm))
    assert [each["name"] for each in (await rig.get("/v1/webhooks")).json["items"]] == ["patient"]


async def test_what_comes_from_a_file_is_only_read_and_follows_the_file(rig):
    file = rig.paths.webhooks / "team.toml"
    file.parent.mkdir(exist_ok=True)
    text = f'[[webhook]]\nname = "filed"\nurl = "{rig.receiver.url()}"\nevents = ["scan.*"]\n'
    file.write_text(text)
    async with asyncio.timeout(10):
        while not (items := (await rig.get("/v1/webhooks")).json["items"]):
            await asyncio.sleep(0.02)
    async with real_form(
        rig, lambda session: WebhookForm(session, session.webhooks[items[0]["id"]])
    ) as shown:
        assert "comes from the file team.toml" in shown.text
        file.write_text(text.replace("scan.*", "user.login"))
        await shown.until(lambda: shown.screen._edit.draft.events == ("user.login",))


async def test_an_event_that_is_too_large_here_is_refused_and_stays(rig):
    await rig.stop()
    rig.settings("[inbox]\nmax_event_bytes = 2000\n")
    await rig.start()
    async with real_form(rig, EmitForm) as shown:
        await shown.enter("data", '{"text": "%s"}' % ("x" * 3000))
        await shown.press("ctrl+o")
        await shown.until(lambda: shown.screen._banner.words)
        assert "2,000" in shown.text or "2000" in shown.text
        await shown.enter("data", '{"text": "short"}')
        await shown.press("ctrl+o")
        await shown.until_seen("went to none of 0 webhooks")
