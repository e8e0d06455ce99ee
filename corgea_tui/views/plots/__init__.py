"""Plots as pure layout: values, a width and a height in, lines of cells out.

The plots use no widget, clock or terminal. Glyphs distinguish the series, so a plot is readable in
sixteen colours and without colour (app.md, Behaviour).
"""
