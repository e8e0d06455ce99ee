"""Performance, measured as ratios within one run (engineering.md, Performance)."""
