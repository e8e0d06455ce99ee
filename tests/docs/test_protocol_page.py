import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_the_protocol_says_what_the_daemon_serves():
    check = [sys.executable, str(ROOT / "scripts" / "protocol_page.py"), "--check"]
    assert subprocess.run(check, check=False).returncode == 0, "run scripts/protocol_page.py"
