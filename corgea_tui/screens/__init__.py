"""The screens of the app, one a file. A screen shows the session and calls the daemon."""
