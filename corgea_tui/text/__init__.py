"""What commands print: tables, lines and facts that fit the terminal."""
