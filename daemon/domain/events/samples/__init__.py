"""Events as they could be: the documented ones, and made-up ones that look like real life.

Nothing here rolls dice by itself: who wants variety hands in a `random.Random`.
"""

from daemon.domain.events.samples.documented import data_of_test, documented_sample
from daemon.domain.events.samples.generated import Sampler

__all__ = ["Sampler", "data_of_test", "documented_sample"]
