"""The command palette: the possible actions, the screens and the themes."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

from corgea_tui.screens.dialogs.help import MOVING, rank, ranked
from corgea_tui.screens.main_screen import MainScreen

Command = tuple[str, str, Callable[[], Any]]


class Actions(Provider):
    """The actions of the screen under the palette, without those that are blocked now."""

    async def discover(self) -> Hits:
        """All commands, before the user types."""
        for name, about, run in self._commands():
            yield DiscoveryHit(name, run, help=about)

    async def search(self, query: str) -> Hits:
        """The commands that match, the best first."""
        matcher = self.matcher(query)
        for name, about, run in self._commands():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, help=about)

    def _commands(self) -> Iterator[Command]:
        yield from self._actions()
        for theme in sorted(self.app.available_themes):
            yield f"theme: {theme}", "change the colours", partial(self._set_theme, theme)

    def _actions(self) -> Iterator[Command]:
        screen, app = self.screen, self.app
        seen: set[str] = set()
        for active in ranked(screen.active_bindings.values()):
            binding = active.binding
            if binding.action in seen or rank(active) == MOVING:
                continue
            seen.add(binding.action)
            if isinstance(screen, MainScreen) and screen.blocked_reason(binding.action) is not None:
                continue
            run = partial(app.run_action, binding.action, active.node)
            name = binding.description
            if binding.action.startswith("go("):
                name = f"go to {name}"
            yield name, f"key {app.get_key_display(binding)}", run

    def _set_theme(self, theme: str) -> None:
        self.app.theme = theme
