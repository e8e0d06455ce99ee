"""The smallest Textual app that shows 50 rows: `python -m tests.bench.references.paint`."""

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Footer

ROWS = 50


class Minimal(App[None]):
    """A table and a footer."""

    def compose(self) -> ComposeResult:
        """Both."""
        yield DataTable()
        yield Footer()

    def on_mount(self) -> None:
        """Fill the table."""
        table = self.query_one(DataTable)
        table.add_columns("time", "event", "webhook", "status")
        for number in range(ROWS):
            table.add_row(f"12:00:{number:02}", "scan.completed", "webhook", "200")


if __name__ == "__main__":
    Minimal().run()
