"""Forms: what is being entered, read and judged without any widget, and the widgets of its fields.

A model knows the entered values and says what is wrong with them; a widget shows a field and posts
what happened to it; the form's screen decides.
"""
