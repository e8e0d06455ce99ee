"""The screens of the app, one a file. A screen reads the session, decides, and calls the daemon."""
