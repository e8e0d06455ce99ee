"""Make the README's pictures from the running app, on a demo: `python scripts/pictures.py`.

Real receivers, real deliveries: what they show differs a little from run to run.
"""

import asyncio
import sys
from pathlib import Path

from textual.pilot import Pilot

from corgea_tui.app.app import CorgeaApp, make_app
from corgea_tui.client.connectors import own_daemon
from corgea_tui.demo.stage import DemoStage, stage

FOLDER = Path(__file__).parent.parent / "docs" / "images"
SIZE = (120, 36)
PICTURES = {
    "deliveries": ("1", "n", "n"),
    "events": ("3", "down", "down", "down"),
    "webhooks": ("2", "down"),
    "statistics": ("4",),
}
"""A picture's name and the keys that lead to it."""
WARM_UP = 20.0
"""Seconds of deliveries before the first picture."""
SETTLE = 1.5


async def take(ready: DemoStage) -> None:
    """Let deliveries happen, then take each picture."""
    app: CorgeaApp = make_app(ready.home.paths, own_daemon(ready.home.paths, start=False))
    async with app.run_test(size=SIZE) as pilot:
        await asyncio.sleep(WARM_UP)
        for name, keys in PICTURES.items():
            await press(pilot, keys)
            app.save_screenshot(f"{name}.svg", str(FOLDER))
            sys.stdout.write(f"{FOLDER / name}.svg\n")


async def press(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    """Type as a person would, with time for the screen to follow."""
    for key in keys:
        await pilot.press(key)
        await asyncio.sleep(0.4)
    await asyncio.sleep(SETTLE)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    with stage() as set_up, set_up.pump():
        asyncio.run(take(set_up))
