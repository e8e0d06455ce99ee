"""A local HTTPS receiver: shows what arrives, verifies it and answers as told (rules.md §6)."""
