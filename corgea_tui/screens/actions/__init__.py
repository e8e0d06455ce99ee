"""The actions of screens: retry, pause, copy, export, find, sort."""
