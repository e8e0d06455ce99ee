"""The fictitious company of generated events: its people, its projects, their flaws."""

from typing import NamedTuple

COMPANY = "9c1f7a52-3f0e-4f5e-9a65-0d7c6b1e2a44"


class Person(NamedTuple):
    """A person with an account. Issues name people by `uuid`, logins by `number`."""

    number: int
    uuid: str
    username: str
    first_name: str
    last_name: str

    @property
    def email(self) -> str:
        """The e-mail address."""
        return f"{self.username}@northwind.example"


PEOPLE = tuple(
    Person(number, f"5b0e6a1c-77d2-4c0b-8f2e-{number:012d}", *names)
    for number, names in enumerate(
        (
            ("amara.okafor", "Amara", "Okafor"),
            ("jonas.lindqvist", "Jonas", "Lindqvist"),
            ("priya.raman", "Priya", "Raman"),
            ("mateo.herrera", "Mateo", "Herrera"),
            ("siobhan.obrien", "Siobhán", "O'Brien"),
            ("wei.zhang", "Wei", "Zhang"),
            ("lena.hoffmann", "Lena", "Hoffmann"),
            ("tomas.silva", "Tomás", "Silva"),
            ("nadia.haddad", "Nadia", "Haddad"),
            ("soren.kjaer", "Søren", "Kjær"),
            ("grace.mbeki", "Grace", "Mbeki"),
            ("yuki.tanaka", "Yuki", "Tanaka"),
        ),
        start=118,
    )
)


class Project(NamedTuple):
    """A project and the language it is written in."""

    id: str
    name: str
    language: str


PROJECTS = (
    Project("1d7f0b9e-52c4-4b8a-9d6a-3f1c8e7a0b11", "Production API", "python"),
    Project("2e80c1af-63d5-4c9b-8e7b-402d9f8b1c22", "Billing", "java"),
    Project("3f91d2b0-74e6-4dac-9f8c-513ea09c2d33", "Web", "typescript"),
    Project("40a2e3c1-85f7-4ebd-a09d-624fb1ad3e44", "Identity Service", "go"),
    Project("51b3f4d2-9608-4fce-b1ae-7350c2be4f55", "Mobile Gateway", "java"),
    Project("62c405e3-a719-40df-82bf-8461d3cf5066", "Data Pipeline", "python"),
    Project("73d516f4-b82a-41e0-93c0-9572e4d06177", "Admin Console", "typescript"),
    Project("84e62705-c93b-42f1-a4d1-a683f5e17288", "infra-terraform", "hcl"),
)


class Flaw(NamedTuple):
    """A class of issues, its usual urgencies, and files of one language that have it."""

    classification: str
    urgencies: tuple[str, ...]
    files: tuple[str, ...]


FLAWS: dict[str, tuple[Flaw, ...]] = {
    "python": (
        Flaw("SQL Injection", ("CR", "HI"), ("api/orders/queries.py", "reports/export.py")),
        Flaw("Path Traversal", ("HI", "ME"), ("api/files/download.py", "ingest/archive.py")),
        Flaw("Deserialization of Untrusted Data", ("CR",), ("ingest/tasks.py",)),
        Flaw("Server-Side Request Forgery (SSRF)", ("HI",), ("api/webhooks/preview.py",)),
        Flaw("Use of Hard-coded Credentials", ("HI", "ME"), ("settings/staging.py",)),
    ),
    "java": (
        Flaw("SQL Injection", ("CR", "HI"), ("src/main/java/invoice/InvoiceDao.java",)),
        Flaw("XML External Entity (XXE)", ("HI",), ("src/main/java/sepa/Import.java",)),
        Flaw(
            "Insecure Direct Object Reference",
            ("HI", "ME"),
            ("src/main/java/api/Accounts.java",),
        ),
        Flaw("Log Injection", ("LO", "ME"), ("src/main/java/audit/Trail.java",)),
    ),
    "typescript": (
        Flaw(
            "Cross-Site Scripting (XSS)",
            ("HI", "ME"),
            ("src/components/Comment.tsx", "src/pages/search.tsx"),
        ),
        Flaw("Open Redirect", ("ME",), ("src/auth/callback.ts",)),
        Flaw("Prototype Pollution", ("HI", "ME"), ("src/lib/merge.ts",)),
        Flaw("Missing Authorization", ("CR", "HI"), ("src/server/routes/users.ts",)),
    ),
    "go": (
        Flaw("Improper Certificate Validation", ("HI",), ("internal/ldap/client.go",)),
        Flaw("Race Condition", ("ME",), ("internal/session/store.go",)),
        Flaw("Command Injection", ("CR",), ("cmd/migrate/main.go",)),
    ),
    "hcl": (
        Flaw("Publicly Accessible Storage", ("CR", "HI"), ("modules/s3/main.tf",)),
        Flaw("Overly Permissive IAM Policy", ("HI",), ("modules/ci/iam.tf",)),
        Flaw("Unencrypted Volume", ("LO", "ME"), ("envs/staging/ebs.tf",)),
    ),
}

BRANCHES = (
    "main",
    "main",
    "main",
    "develop",
    "release/2.14",
    "feature/sso-logout",
    "fix/INV-4312-rounding",
    "dependabot/npm_and_yarn/axios-1.7.9",
)

SCAN_FAILURES = (
    ("The repository could not be cloned", "error", "", "could not read from remote repository"),
    ("The scan ran out of time", "error", "", "no result after 3600 seconds"),
    ("A file could not be analysed", "warning", "vendor/bundle.min.js", "a line of 1.2 MB"),
    ("The report is incomplete", "error", "report.sarif", "unexpected end of input"),
    (None, "error", "src/legacy/encoding.py", "can't decode byte 0xe9 in position 311"),
)
"""Reason, level, location, message."""

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
USER_AGENTS = (
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT}",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Edg/131.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
)

LOGIN_PATHS = ("/login/", "/login/", "/accounts/saml/acs/", "/api/v1/token")
