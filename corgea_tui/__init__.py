"""The clients of the Corgea Webhooks daemon: the terminal app, and commands for scripts."""
