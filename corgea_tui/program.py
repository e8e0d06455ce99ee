"""The name of the program, and the variable of its shell completion."""

PROGRAM = "corgea-tui"
COMPLETE = "_CORGEA_TUI_COMPLETE"
"""The environment variable with which a shell requests completions, e.g. `bash_complete`."""
