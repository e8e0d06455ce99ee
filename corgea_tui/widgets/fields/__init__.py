"""The widgets of a form: each shows one field and posts what was entered, none knows a rule."""
