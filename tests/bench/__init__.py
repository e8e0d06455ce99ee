"""Performance, measured as ratios within one run (architecture.md, Performance)."""
