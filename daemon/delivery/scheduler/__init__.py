"""The scheduler: which waiting delivery is claimed next, and what is in flight."""
