from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.stage import stage

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("admin", "developer", "on-call", "operating", "protocol", "receivers")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", PAGES)
def test_every_example_of_the_page_does_what_it_says(name):
    page = (DOCS / f"{name}.md").read_text("utf-8")
    with stage() as performance:
        for block in blocks(page):
            performance.perform(block)
