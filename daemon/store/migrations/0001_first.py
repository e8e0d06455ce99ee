"""The first tables.

A migration is frozen once it has been released: it repeats what `tables.py` said on that day.
Indexes beside the keys serve named queries (`store/queries`), whose plans are tested. What stands in
them behind the time is there so that other filters need no look at the row.
"""

STATEMENTS = """
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE webhooks (
  id INTEGER NOT NULL PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  url_shown TEXT NOT NULL,
  config TEXT NOT NULL,
  sealed BLOB,
  previous_secret BLOB,
  previous_secret_until INTEGER,
  revision INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL DEFAULT 'active',
  paused_reason TEXT,
  paused_at INTEGER,
  streak INTEGER NOT NULL DEFAULT 0,
  last_triggered_at INTEGER,
  managed_by TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  changed_seq INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX webhooks_name ON webhooks (name) WHERE deleted_at IS NULL;

CREATE TABLE revisions (
  id INTEGER NOT NULL PRIMARY KEY,
  webhook_id INTEGER NOT NULL,
  sealed BLOB
);

CREATE TABLE events (
  id INTEGER NOT NULL PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  event_type TEXT NOT NULL,
  project_id TEXT,
  project_name TEXT,
  given_timestamp TEXT,
  payload BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  decisions BLOB NOT NULL,
  matched INTEGER NOT NULL DEFAULT 0,
  webhooks INTEGER NOT NULL DEFAULT 0,
  changed_seq INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX events_received ON events (received_at, event_type, project_id);

CREATE TABLE deliveries (
  id INTEGER NOT NULL PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  event_row INTEGER NOT NULL,
  webhook_id INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  project_id TEXT,
  kind TEXT NOT NULL DEFAULT 'event',
  status TEXT NOT NULL DEFAULT 'pending',
  reason TEXT,
  attempt INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL DEFAULT 3,
  tries INTEGER NOT NULL DEFAULT 0,
  deaths INTEGER NOT NULL DEFAULT 0,
  manual INTEGER NOT NULL DEFAULT 0,
  http_status INTEGER,
  error_kind TEXT,
  error_message TEXT,
  duration_ms INTEGER,
  created_at INTEGER NOT NULL,
  next_attempt_at INTEGER,
  finished_at INTEGER,
  lease_owner TEXT,
  lease_seq INTEGER NOT NULL DEFAULT 0,
  job_id INTEGER,
  changed_seq INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_event ON deliveries (event_row);
CREATE INDEX deliveries_created ON deliveries (created_at);
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, created_at, event_type, project_id);
CREATE INDEX deliveries_type ON deliveries (event_type, created_at, webhook_id, project_id);
CREATE INDEX deliveries_project ON deliveries (project_id, created_at, webhook_id, event_type)
  WHERE project_id IS NOT NULL;
CREATE INDEX deliveries_kind ON deliveries (kind, created_at) WHERE kind IN ('test', 'replay');
CREATE INDEX deliveries_missed ON deliveries (status, created_at, webhook_id, event_type, project_id, http_status)
  WHERE status IN ('failed', 'discarded');
CREATE INDEX deliveries_trouble ON deliveries (http_status, created_at, webhook_id, event_type, project_id)
  WHERE http_status >= 300;
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_attempt_at, id) WHERE status = 'pending';
CREATE INDEX deliveries_changed ON deliveries (changed_seq);

CREATE TABLE bodies (
  delivery_row INTEGER NOT NULL PRIMARY KEY,
  sealed BLOB,
  problem TEXT
);

CREATE TABLE past_bodies (
  id INTEGER NOT NULL PRIMARY KEY,
  delivery_row INTEGER NOT NULL,
  before_attempt INTEGER NOT NULL,
  plain INTEGER NOT NULL,
  sealed BLOB
);
CREATE INDEX past_bodies_delivery ON past_bodies (delivery_row, before_attempt);

CREATE TABLE attempts (
  id INTEGER NOT NULL PRIMARY KEY,
  delivery_row INTEGER NOT NULL,
  number INTEGER NOT NULL,
  manual INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  dns_ms INTEGER,
  connect_ms INTEGER,
  tls_ms INTEGER,
  first_byte_ms INTEGER,
  http_status INTEGER,
  error_kind TEXT,
  error_message TEXT,
  revision INTEGER NOT NULL,
  signatures TEXT,
  response_headers TEXT,
  response_body BLOB,
  truncated INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX attempts_delivery ON attempts (delivery_row, number);

CREATE TABLE counters (
  webhook_id INTEGER NOT NULL,
  span TEXT NOT NULL,
  at INTEGER NOT NULL,
  metric TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (span, at, webhook_id, metric)
) WITHOUT ROWID;

CREATE TABLE jobs (
  id INTEGER NOT NULL PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'running',
  filter TEXT NOT NULL,
  webhook_id INTEGER,
  most INTEGER,
  rate REAL,
  matched INTEGER NOT NULL DEFAULT 0,
  started INTEGER NOT NULL DEFAULT 0,
  succeeded INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  position INTEGER,
  position_at INTEGER,
  last INTEGER NOT NULL DEFAULT 0,
  by TEXT NOT NULL,
  error TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  changed_seq INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE audit (
  id INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  login TEXT NOT NULL,
  uid INTEGER NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  before TEXT,
  after TEXT,
  hash TEXT NOT NULL
);
"""


def up(migrator, db):
    """Make the tables and their indexes."""
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            db.execute_sql(statement)
