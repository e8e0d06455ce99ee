import asyncio

from daemon.settings.watch import watch_files


async def test_a_change_while_another_is_taken_over_is_noticed_too(tmp_path):
    """What was read late and is gone by the next look would otherwise stand for ever."""
    file = tmp_path / "f"
    heard: list[bool] = []

    async def changed():
        if not heard:
            file.write_text("broken")  # while this is being taken over
            asyncio.get_running_loop().call_later(1.0, file.unlink)
        heard.append(file.exists())

    watching = asyncio.gather(watch_files(tmp_path, lambda: [file], changed))
    async with asyncio.timeout(8):
        while len(heard) < 3:
            await asyncio.sleep(0.01)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert heard == [True, True, False]
