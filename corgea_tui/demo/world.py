"""The made-up company of the demo: its projects, its people, what is found in its code."""

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

COMPANY = "4b7f2d1e-0c55-4f0a-9a3e-6d1f8c2b7a90"


@dataclass(frozen=True)
class Project:
    """A project and the branches that are scanned."""

    id: str
    name: str
    branches: tuple[str, ...]

    def as_data(self) -> dict[str, str]:
        """As events carry it."""
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True)
class Person:
    """A user."""

    number: int
    username: str
    first: str
    last: str

    @property
    def email(self) -> str:
        """Where mail reaches them."""
        return f"{self.username}@example.com"

    def as_data(self) -> dict[str, str]:
        """As events carry somebody to whom an issue is assigned."""
        name = f"{self.first} {self.last}"
        return {"id": f"user-{self.number}", "email": self.email, "name": name}


@dataclass(frozen=True)
class Flaw:
    """A kind of issue and where such a thing is found."""

    classification: str
    urgency: str
    file_path: str


BILLING = Project("proj-billing", "Billing", ("main", "fix/rounding"))
PROJECTS = (
    Project("proj-api", "Production API", ("main", "release/2.4", "feature/search")),
    BILLING,
    Project("proj-web", "Web Shop", ("main", "feature/checkout")),
    Project("proj-mobile", "Mobile App", ("main", "beta")),
)
PEOPLE = (
    Person(101, "jane.doe", "Jane", "Doe"),
    Person(102, "ravi.patel", "Ravi", "Patel"),
    Person(103, "mia.larsen", "Mia", "Larsen"),
    Person(104, "tom.okafor", "Tom", "Okafor"),
)
FLAWS = (
    Flaw("SQL Injection", "CR", "src/controllers/user.py"),
    Flaw("Hardcoded Credentials", "CR", "config/settings.py"),
    Flaw("Cross-Site Scripting (XSS)", "HI", "web/templates/search.html"),
    Flaw("Path Traversal", "HI", "src/files/download.go"),
    Flaw("Insecure Deserialization", "HI", "src/jobs/worker.rb"),
    Flaw("Missing Rate Limit", "ME", "src/api/login.ts"),
    Flaw("Open Redirect", "ME", "src/auth/callback.ts"),
    Flaw("Verbose Error Message", "LO", "src/errors/handler.py"),
)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 Safari/605.1.15",
)
FAILURES = (
    ("Repository could not be cloned", "clone", "fatal: remote branch not found"),
    ("Analysis ran out of time", "analysis", "no progress for 600 seconds"),
    (None, "upload", "report.sarif: unexpected end of input"),
)


def identity(random: Random) -> str:
    """An id like those of real events, the same for the same seed."""
    return str(UUID(int=random.getrandbits(128), version=4))


def event(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """An event as a producer sends it; id and time are the daemon's to give."""
    return {"event_type": kind, "data": {"company": COMPANY, **data}}
