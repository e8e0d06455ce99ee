"""The rules: facts in, decisions out, without I/O, clocks or randomness."""
