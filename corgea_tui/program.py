"""What the program is called, by people and by shells."""

PROGRAM = "corgea-tui"
COMPLETE = "_CORGEA_TUI_COMPLETE"
"""The variable by which the shell asks what may follow, e.g. `bash_complete`."""
