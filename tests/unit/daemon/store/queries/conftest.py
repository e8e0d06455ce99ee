from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.rows import Rows


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    rows = Rows(tmp_path / "store.db")
    rows.webhook()
    yield rows
    rows.close()
