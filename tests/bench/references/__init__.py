"""What the daemon is compared with. Each runs in a process of its own and prints one number."""
