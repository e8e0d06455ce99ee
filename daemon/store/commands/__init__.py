"""Commands for the writer. Each makes one change in one transaction."""
