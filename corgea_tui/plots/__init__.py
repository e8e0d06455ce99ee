"""Pure layout of plots: values, width and height in, lines out. No widget, no clock."""
