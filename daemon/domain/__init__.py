"""The rules. Nothing here does I/O, reads a clock or rolls dice: facts in, decisions out."""
