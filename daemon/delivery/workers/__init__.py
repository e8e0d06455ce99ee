"""Sending by processes of their own, for as long as there is much to send.

Python's lock makes a process one core's worth, and most of a delivery's time goes into its request.
"""
