"""What the app knows, without any widget: the feed, the history, who may what, long work."""
