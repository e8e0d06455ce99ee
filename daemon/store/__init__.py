"""The store: Peewee on SQLite. One thread writes, in group commits; readers cannot write."""
