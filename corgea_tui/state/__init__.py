"""The app's state, without any widget: the session, the feed, the history, and long tasks."""
