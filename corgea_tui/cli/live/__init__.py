"""Following deliveries and jobs as they happen, and `corgea-tui tail`."""
