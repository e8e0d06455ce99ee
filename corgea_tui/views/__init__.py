"""Objects as rows of a list: which columns find room, and the words in them."""
