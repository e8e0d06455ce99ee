"""A daemon under everything at once for as long as one likes: nothing in it may grow."""
