"""One fixed sample for each built-in type: the reference's, where it has one."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from daemon.domain.events.catalogue import TEST_TYPE

_PAYLOADS = Path(__file__).parent / "payloads"

_SCAN: dict[str, Any] = {
    "company": "comp-uuid-1234",
    "scan_id": "scan-uuid-7890",
    "run_id": "run-12345",
    "project": {"id": "proj-uuid-9012", "name": "Production API"},
    "branch": "main",
    "engine": "corgea-blast",
    "scan_type": "full",
    "issues_found": None,
    "processed_at": None,
    "created_at": "2025-01-15T15:40:00.000Z",
}

_TEST = {
    "company": "comp-uuid-1234",
    "message": "This is a test of your webhook. Nothing happened in Corgea.",
}

_UNDOCUMENTED: dict[str, dict[str, Any]] = {
    "scan.started": {
        "event_id": "f6a7b8c9-d0e1-4345-8f01-345678901234",
        "event_type": "scan.started",
        "timestamp": "2025-01-15T15:40:00.000Z",
        "data": _SCAN,
    },
    "scan.failed": {
        "event_id": "a7b8c9d0-e1f2-4456-9012-456789012345",
        "event_type": "scan.failed",
        "timestamp": "2025-01-15T15:42:30.000Z",
        "data": {
            **_SCAN,
            "processed_at": "2025-01-15T15:42:30.000Z",
            "failed_reason": "The repository could not be read",
            "scan_errors": [
                {
                    "scan_type": "full",
                    "level": "error",
                    "location": "src/controllers/user.py",
                    "message": "File is not valid UTF-8",
                }
            ],
        },
    },
    TEST_TYPE: {
        "event_id": "b8c9d0e1-f2a3-4567-8123-567890123456",
        "event_type": TEST_TYPE,
        "timestamp": "2025-01-15T16:20:00.000Z",
        "data": _TEST,
    },
}


def documented_sample(event_type: str) -> dict[str, Any]:
    """The sample payload of a built-in type: `event_id`, `event_type`, `timestamp` and `data`.

    Raises KeyError for a type that is not built in.
    """
    return copy.deepcopy(_samples()[event_type])


def data_of_test() -> dict[str, Any]:
    """The `data` of the event that Test sends."""
    return dict(_TEST)


@cache
def _samples() -> dict[str, dict[str, Any]]:
    """The samples by type. Documented payloads are files, so that users can send them."""
    files = (json.loads(path.read_bytes()) for path in sorted(_PAYLOADS.glob("*.json")))
    return {**_UNDOCUMENTED, **{sample["event_type"]: sample for sample in files}}
