"""The widgets of the screens. A widget shows its data and posts messages about the user's acts.

No widget imports the app or a screen, and each takes only text that is safe for a terminal.
"""
