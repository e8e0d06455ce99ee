"""The Corgea Webhooks daemon: takes events in, delivers them, remembers every attempt."""

__version__ = "0.1.0"
