"""The running daemon: the composition root, sockets, lock, signals, systemd."""
