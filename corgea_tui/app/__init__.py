"""The app: its start, its settings, its themes, and the connection of the link to the screens."""
