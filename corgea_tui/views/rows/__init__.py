"""Objects as rows of a list: the columns that fit, and their cells."""
