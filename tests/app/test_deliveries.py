from tests.app.fake_daemon import delivery, webhook


async def test_it_paints_before_it_connects(run):
    async with run(connect=False) as app:
        assert "connecting to local" in app.lines[0]
        assert "connecting …" in app.text
        assert app.link.started


async def test_the_feed_shows_what_is_there(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2, "failed")]
    daemon.webhooks = [webhook()]
    async with run() as app:
        row = app.line("✖ failed")
        assert "scan.completed" in row
        assert "503 Serv" in row
