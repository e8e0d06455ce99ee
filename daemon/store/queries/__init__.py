"""Read queries by subject. Everything here runs inside one read transaction of `Readers.run`."""
