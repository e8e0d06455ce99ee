import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def home():
    """A folder whose name leaves room for a socket's path."""
    folder = Path(tempfile.mkdtemp(prefix="cg-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
