"""`corgea-tui demo`: everything the product does, on a throw-away home, with made-up events."""
