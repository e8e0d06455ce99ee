"""The base of the screens: status line, tab bar, footer, updates, calls, roles."""

from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from typing import Any, ClassVar, Literal, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker

from corgea_tui.client.client import Client
from corgea_tui.client.errors import ClientError, Refused
from corgea_tui.client.updates import LinkState, Snapshot, Update
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import safe, safe_line
from corgea_tui.widgets.one_line import SCREENS, KeyHint, KeysLine, OneLine, TabBar
from corgea_tui.widgets.status_line import StatusLine
from daemon.protocol import Problem, Role

T = TypeVar("T")
Action = Callable[..., None]
TOAST_LIMIT = 2_000
"""The most characters of a toast."""
LAST = ("help", "quit")


class SessionChanged(Message):
    """The link posted an update, which the session has already applied."""

    def __init__(self, update: Update) -> None:
        super().__init__()
        self.update = update


def must_reread(update: Update | None) -> bool:
    """Whether a screen must read its data again.

    True when a screen is opened (None), after a gap, and when the link is back.
    """
    match update:
        case LinkState():
            return update.connected
        case None | Snapshot():
            return True
        case _:
            return False


class ShowDeliveries(Message):
    """Another screen requests the deliveries that a filter matches."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def needs(role: Role) -> Callable[[Action], Action]:
    """Mark an action with its role: without the role its key is dimmed, and a toast says why."""

    def guard(action: Action) -> Action:
        @wraps(action)
        def guarded(self: "MainScreen", *args: Any) -> None:
            if (reason := self.session.blocked_reason(role)) is None:
                action(self, *args)
            else:
                self.toast(reason, "warning")

        guarded.__dict__["role"] = role
        return guarded

    return guard


class MainScreen(Screen[None]):
    """One of the five screens. Subclasses define `SCREEN_NAME`, `body` and `show_changes`."""

    SCREEN_NAME: ClassVar[str]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # not declared as ClassVar by Textual
        (0, "-tiny"),
        (60, "-narrow"),
        (84, "-wide"),
        (108, "-very-wide"),
        (170, "-huge"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"go('{name}')", name, show=False, id=f"go.{name}")
            for number, name in enumerate(SCREENS, start=1)
        ),
        Binding("ctrl+r", "reconnect", "connect now", id="link.reconnect"),
        Binding("question_mark,f1", "help", "help", key_display="?", id="help"),
        Binding("f2", "jump_mode", "jump to …", show=False, id="go.jump"),
        Binding("q", "app.quit", "quit", id="quit"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._status = StatusLine()
        self._keys = KeysLine()

    def compose(self) -> ComposeResult:
        """The status, the tab bar, the body, the keys."""
        yield self._status
        yield TabBar(self.SCREEN_NAME)
        yield from self.body()
        yield self._keys

    def body(self) -> Iterable[Widget]:
        """The widgets between tab bar and footer."""
        raise NotImplementedError

    def show_changes(self, update: Update | None) -> None:
        """Show the current session. `update` is the change; None: anything may have changed."""
        raise NotImplementedError

    # --- updates

    def on_mount(self) -> None:
        """Show the keys again whenever they change."""
        self.bindings_updated_signal.subscribe(self, lambda _: self._show_keys())

    def on_screen_resume(self) -> None:
        """Show the current session, which changed while another screen was shown."""
        self._show_all(None)

    def on_session_changed(self, message: SessionChanged) -> None:
        """Show the change."""
        self._show_all(message.update)

    def _show_all(self, update: Update | None) -> None:
        session = self.session
        self._status.show(session.link_state, session.daemon, readonly=session.readonly)
        if update is None or isinstance(update, LinkState):
            self.set_class(session.stale and session.daemon is not None, "-stale")
        self.show_changes(update)
        self._show_keys()

    @property
    def waiting_words(self) -> str:
        """The words of an empty list: reading, connecting, or why there is no link."""
        link = self.session.link_state
        if link.connected:
            return "reading …"
        return safe_line(link.reason) if link.retry_at is not None else "connecting …"

    # --- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Block `reconnect` unless the link waits before its next attempt."""
        if action == "reconnect":
            return self.session.link_state.retry_at is not None
        return super().check_action(action, parameters)

    def action_reconnect(self) -> None:
        """Connect now instead of at the end of the wait."""
        self.session.connect_now()

    def blocked_reason(self, action: str) -> str | None:
        """Why an action cannot be used now; None when it can."""
        method = getattr(self, f"action_{action.partition('(')[0]}", None)
        role = getattr(method, "role", None)
        return None if role is None else self.session.blocked_reason(role)

    def bindings_to_show(self) -> list[Binding]:
        """The bindings of the footer, which shows as many as fit."""
        return [active.binding for active in self.active_bindings.values() if active.binding.show]

    def hints(self) -> list[KeyHint]:
        """The hints of the current keys, the most specific first."""
        hints: dict[str, KeyHint] = {}
        for binding in self.bindings_to_show():
            if binding.description and binding.action not in hints:
                hints[binding.action] = KeyHint(
                    self.app.get_key_display(binding),
                    binding.description,
                    binding.action,
                    blocked=self.blocked_reason(binding.action) is not None,
                    last=binding.id in LAST,
                )
        return list(hints.values())

    def _show_keys(self) -> None:
        if self.is_current:
            self._keys.show(self.hints())

    def action_jump_mode(self) -> None:
        """Show a letter at each target of a click or the focus."""
        from corgea_tui.screens.dialogs.jump import Jump, Target, targets_of

        def go(target: Target | None) -> None:
            if target is None:
                return
            _, widget, action = target
            if action:
                widget.post_message(OneLine.Clicked(action))
            else:
                widget.focus()

        targets = targets_of([*self.query(OneLine)], self.focus_chain)
        self.app.push_screen(Jump(targets), go)

    async def on_one_line_clicked(self, event: OneLine.Clicked) -> None:
        """Run the action of the clicked tab or key."""
        nodes = (
            active.node
            for active in self.active_bindings.values()
            if active.binding.action == event.action
        )
        await self.app.run_action(event.action, next(nodes, self))

    def action_go(self, name: str) -> None:
        """Go to another screen."""
        self.app.switch_mode(name)

    def show_deliveries(self, text: str) -> None:
        """Open the deliveries that the filter `text` matches."""
        self.app.switch_mode("deliveries")
        self.app.screen.post_message(ShowDeliveries(text))

    def action_help(self) -> None:
        """Show the help of this screen."""
        from corgea_tui.screens.dialogs.help import Help

        self.app.push_screen(Help(self.SCREEN_NAME, self.active_bindings, self.blocked_reason))

    # --- calls

    def toast(
        self, text: str, severity: Literal["information", "warning", "error"] = "information"
    ) -> None:
        """Show a message for some seconds, safe for a terminal."""
        self.notify(safe(text, TOAST_LIMIT), severity=severity, markup=False)

    def call(
        self,
        work: Callable[[Client], Coroutine[Any, Any, T]],
        then: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Call the daemon; a later call of the same group replaces this one.

        A refusal is shown in the daemon's words, or given to `failed`.
        """

        async def carried_out() -> None:
            try:
                answer = await work(self.session.client)
            except Refused as refused:
                (failed or self._toast_error)(problem_words(refused.problem))
            except ClientError as error:
                (failed or self._toast_error)(error.message)
            else:
                then(answer)

        started: Worker[None] = self.run_worker(carried_out, group=group, exclusive=True)
        del started  # Textual keeps it

    def _toast_error(self, words: str) -> None:
        self.toast(words, "error")


def problem_words(problem: Problem) -> str:
    """A problem in words: its detail, then the error of every field."""
    fields = [f"{error.field}: {error.message}" for error in problem.errors]
    return "\n".join([problem.detail or problem.title, *fields])
