"""Screen 4, Statistics: how delivery went over a window of time (`app.md` §Screens)."""
