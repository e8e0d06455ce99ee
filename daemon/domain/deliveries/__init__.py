"""Deliveries: their life cycle, the request of an attempt, its outcome, signatures, templates."""
