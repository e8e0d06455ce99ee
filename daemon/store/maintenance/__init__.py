"""The store as a whole: its upgrade, the check of its audit, commands while no daemon runs."""
