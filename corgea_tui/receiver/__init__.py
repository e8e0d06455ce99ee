"""A local HTTPS receiver: shows what arrives, verifies it and answers as told (spec.md §6)."""
