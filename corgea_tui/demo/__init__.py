"""`corgea-tui demo`: a tour of the product in a temporary home, with invented events."""
