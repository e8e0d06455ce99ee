"""Deliveries and jobs live: following, waiting, and `corgea-tui tail`."""
