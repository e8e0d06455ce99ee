"""What holds for the whole suite: how Hypothesis looks for examples.

`--hypothesis-profile explore` looks for new examples, ten times as many, and remembers what failed.
"""

from hypothesis import settings

settings.register_profile("suite", deadline=None, database=None, derandomize=True)
settings.register_profile(
    "explore", settings.get_profile("default"), max_examples=1000, deadline=None
)
settings.load_profile("suite")
