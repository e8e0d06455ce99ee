"""`corgea-daemon`: one file a verb, each imported when it is used."""
