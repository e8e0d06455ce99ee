"""Plots as pure layout: values, a width and a height in, lines of cells out.

No widget, no clock, no terminal: what a plot shows is told apart by its glyphs, so it reads the
same in sixteen colours and in none (app.md, Behaviour).
"""
