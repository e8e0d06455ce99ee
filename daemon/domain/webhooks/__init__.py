"""Webhooks: their configuration, and the masking of their secrets."""
