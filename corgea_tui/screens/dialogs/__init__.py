"""Small windows over a screen: to ask, to choose, to help, to show progress."""
