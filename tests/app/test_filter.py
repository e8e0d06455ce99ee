from tests.app.fake_daemon import delivery


async def test_a_filter_narrows_at_once_then_asks_the_daemon(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2, "failed"), delivery(3)]
    daemon.answers["GET", "/v1/deliveries"] = lambda query: page(daemon, query)
    async with run() as app:
        await app.filter("status:failed")
        assert app.line("✖ failed")
        assert "✔ succeeded" not in app.text
        assert "/ status:failed" in app.text
        assert daemon.asked("GET", "/v1/deliveries")[-1]["filter"] == "status:failed"
        assert "1 delivery" in app.text


async def test_a_wrong_filter_is_reported_where_it_is_typed_and_changes_nothing(run, daemon):
    daemon.deliveries = [delivery(1)]
    async with run() as app:
        await app.filter("nope:1")
        assert "not a known key" in app.text
        assert "status" in app.toasts[0]
        assert "✔ succeeded" in app.text
        await app.press("escape")
        assert "not a known key" not in app.text
        assert daemon.asked("GET", "/v1/deliveries") == []


async def test_esc_gives_back_the_filter_before(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2, "failed")]
    daemon.answers["GET", "/v1/deliveries"] = lambda query: page(daemon, query)
    async with run("slash", *"http:5xx") as app:
        await app.pilot.pause(0.3)
        await app.settle()
        assert "✔ succeeded" not in app.text
        await app.press("escape")
        assert "✔ succeeded" in app.text


async def test_a_proposal_is_taken_with_tab(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2, "failed")]
    async with run("slash", *"sta", "tab", *"fa") as app:
        await app.pilot.pause(0.05)
        await app.press("tab", "enter")
        assert "/ status:failed" in app.text


async def test_esc_on_the_list_leaves_the_filter(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2, "failed")]
    async with run() as app:
        await app.filter("status:failed")
        await app.press("escape")
        assert "✔ succeeded" in app.text
        assert "/ filter" in app.text


async def test_a_filter_that_matches_nothing_says_so(run, daemon):
    daemon.deliveries = [delivery(1)]
    daemon.answers["GET", "/v1/deliveries"] = lambda query: page(daemon, query)
    async with run() as app:
        await app.filter("status:failed")
        assert "nothing matches this filter" in app.text


async def test_live_rows_pass_the_filter_too(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run() as app:
        await app.filter("status:failed")
        await app.arrive(delivery(2), delivery(3, "failed", event_type="user.login"))
        assert "user.login" in app.text
        assert "✔ succeeded" not in app.text


async def test_saved_filters_are_chosen_from_a_list(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2, "failed")]
    daemon.answers["GET", "/v1/deliveries"] = lambda query: page(daemon, query)
    async with run("F") as app:
        assert "failures of the last hour" in app.text
        await app.press("enter")
        assert "/ status:failed" in app.text
        assert "✔ succeeded" not in app.text


def page(daemon, query):
    """What a daemon that knows `status:failed` answers."""
    rows = [row for row in daemon.deliveries if row.status == "failed" or "filter" not in query]
    return {"items": list(reversed(rows)), "next": None, "total": len(rows), "seq": 1}
