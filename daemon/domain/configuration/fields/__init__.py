"""The fields of a webhook's form, one file each: what is taken, and what is said otherwise.

A reader gets a value of any type as it came from JSON or TOML, and a list of complaints to add to.
It returns what it could read, so that all complaints about a form come at once.
"""
