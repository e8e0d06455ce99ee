"""Maintenance: upgrades, the check of the audit, and commands that run without a daemon."""
