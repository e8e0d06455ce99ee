"""The daemon's API for the app and the commands, over a local socket or ssh, and the app's link."""
