"""SQL that one database engine alone understands: one file an engine."""
