"""Screen 5, Daemon: is it alive, what does it run with, who talks to it (`app.md` §Screens)."""
