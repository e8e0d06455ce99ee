"""SQL of one database engine: one file for each engine."""
