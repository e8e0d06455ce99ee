"""One file a subject of the table: each measures what the daemon does beside its reference."""
