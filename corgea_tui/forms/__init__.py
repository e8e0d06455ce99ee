"""The models of forms: the entered values, their validation and their requests, without widgets.

A model holds and validates the values; a widget shows a field and posts its changes; the form's
screen connects both.
"""
