"""Reaching a daemon, here or over ssh: its API for the app and for commands, staying connected."""
