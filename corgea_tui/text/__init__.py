"""Text for the terminal: tables, lines and facts, for the commands and the app."""
