"""Delivery: which delivery is sent when (dispatcher), and how one attempt is made (sender)."""
