"""What the screens are made of. A widget knows what it shows and posts what happened to it.

None of them imports the app or a screen, and none takes text that is not safe for a terminal.
"""
