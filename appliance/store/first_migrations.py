"""The database's schema as it began: the first steps, in order. Never changed once released."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

STEPS = Migrations("kycbox")


@STEPS()
def box_settings(db: sqlite_utils.Database) -> None:
    """Small state of the box: id, key fingerprint, chosen template model."""
    db.execute("""
        CREATE TABLE box_setting (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""")


@STEPS()
def credentials(db: sqlite_utils.Database) -> None:
    """Callers and technicians. Of a secret only the keyed hash is kept, of a password only argon2id."""
    db.execute("""
        CREATE TABLE credential (
            id TEXT PRIMARY KEY,
            api TEXT NOT NULL,
            tenant TEXT NOT NULL,
            name TEXT NOT NULL,
            plan TEXT NOT NULL,
            scopes TEXT NOT NULL,
            username TEXT UNIQUE,
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            created_at TEXT NOT NULL,
            revoked_at TEXT,
            used_on TEXT
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE token_balance (
            credential TEXT PRIMARY KEY REFERENCES credential (id),
            remaining INTEGER NOT NULL CHECK (remaining >= 0)
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE technician (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            password TEXT NOT NULL,
            changed_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""")


@STEPS()
def uploads(db: sqlite_utils.Database) -> None:
    """Presigned uploads; `wrapped` is the blob's own key, sealed: without the row the blob is noise."""
    db.execute("""
        CREATE TABLE upload (
            key TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            media_type TEXT NOT NULL,
            length INTEGER NOT NULL CHECK (length > 0),
            expires INTEGER NOT NULL,
            purge INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'stored')),
            blob TEXT UNIQUE,
            wrapped BLOB,
            CHECK ((state = 'stored') = (blob IS NOT NULL AND wrapped IS NOT NULL))
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX upload_purge ON upload (purge)")


@STEPS()
def ledger(db: sqlite_utils.Database) -> None:
    """Leaves, complete inner nodes and signed checkpoints; the database itself refuses to change them."""
    db.execute("""
        CREATE TABLE ledger_leaf (
            seq INTEGER PRIMARY KEY,
            body BLOB NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT""")
    db.execute("""
        CREATE TABLE ledger_node (
            level INTEGER NOT NULL CHECK (level > 0),
            position INTEGER NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            PRIMARY KEY (level, position)
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE ledger_checkpoint (
            size INTEGER PRIMARY KEY,
            note TEXT NOT NULL,
            made_at TEXT NOT NULL
        ) STRICT""")
    for table in ("ledger_leaf", "ledger_node", "ledger_checkpoint"):
        for verb in ("UPDATE", "DELETE"):
            db.execute(f"""
                CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
                BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END""")


@STEPS()
def outbox(db: sqlite_utils.Database) -> None:
    """Events to be delivered, written in the transaction of what they tell of."""
    db.execute("""
        CREATE TABLE outbox (
            id TEXT PRIMARY KEY,
            seq INTEGER NOT NULL UNIQUE,
            api TEXT NOT NULL,
            tenant TEXT NOT NULL,
            stream TEXT NOT NULL,
            type TEXT NOT NULL,
            target TEXT NOT NULL,
            payload BLOB NOT NULL,
            created_at TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            next_at TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead'))
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX outbox_due ON outbox (state, next_at)")


@STEPS()
def face_collections(db: sqlite_utils.Database) -> None:
    """Templates by collection; `wrapped` is its own key, sealed: without it the records are noise."""
    db.execute("""
        CREATE TABLE face_collection (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant TEXT NOT NULL,
            name TEXT NOT NULL,
            model TEXT NOT NULL,
            wrapped BLOB NOT NULL,
            created_at TEXT NOT NULL,
            created_by TEXT NOT NULL,
            UNIQUE (tenant, name)
        ) STRICT""")
    db.execute("""
        CREATE TABLE face_record (
            seq INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
            collection INTEGER NOT NULL REFERENCES face_collection (id),
            sealed BLOB NOT NULL
        ) STRICT""")
    db.execute("CREATE INDEX face_record_collection ON face_record (collection)")


@STEPS()
def captures(db: sqlite_utils.Database) -> None:
    """Keys that captures are sealed to, nonces used up, devices that sign, and what was seen before."""
    db.execute("""
        CREATE TABLE capture_key (
            id TEXT PRIMARY KEY,
            number INTEGER NOT NULL UNIQUE,
            public BLOB NOT NULL CHECK (length(public) = 32),
            wrapped BLOB NOT NULL,
            created_at TEXT NOT NULL,
            retired_at TEXT
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE capture_nonce (
            nonce BLOB PRIMARY KEY,
            expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX capture_nonce_expires ON capture_nonce (expires)")
    db.execute("""
        CREATE TABLE capture_device (
            name TEXT PRIMARY KEY,
            public BLOB NOT NULL CHECK (length(public) = 32),
            created_at TEXT NOT NULL,
            revoked_at TEXT
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE capture_memory (
            hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
            look BLOB NOT NULL,
            evidence TEXT NOT NULL,
            seen_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX capture_memory_seen ON capture_memory (seen_at)")


@STEPS()
def transactions(db: sqlite_utils.Database) -> None:
    """Numbers that a tenant's calls were given, and the request id by which the ledger knows each."""
    db.execute("""
        CREATE TABLE transaction_number (
            tenant TEXT NOT NULL,
            number INTEGER NOT NULL CHECK (number > 0),
            request_id TEXT NOT NULL,
            PRIMARY KEY (tenant, number)
        ) STRICT, WITHOUT ROWID""")


@STEPS()
def issuer_keys(db: sqlite_utils.Database) -> None:
    """Certificates of authorities whose signatures are believed; `sealed` is the certificate."""
    db.execute("""
        CREATE TABLE issuer_key (
            fingerprint TEXT PRIMARY KEY CHECK (length(fingerprint) = 64),
            sealed BLOB NOT NULL,
            added_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""")


@STEPS()
def webhooks(db: sqlite_utils.Database) -> None:
    """Endpoints and allowed targets; the outbox gets lanes, turns and ends.

    Of the pending events of a stream one has its turn; the others wait for it.
    """
    for column in (
        "endpoint TEXT NOT NULL DEFAULT ''",
        "lane TEXT NOT NULL DEFAULT ''",
        "turn INTEGER NOT NULL DEFAULT 1 CHECK (turn IN (0, 1))",
        "answer TEXT NOT NULL DEFAULT ''",
        "ended_at TEXT",
    ):
        db.execute(f"ALTER TABLE outbox ADD COLUMN {column}")
    db.execute("UPDATE outbox SET lane = target")
    db.execute("""
        UPDATE outbox SET turn = 0 WHERE state = 'pending' AND seq > (
            SELECT min(seq) FROM outbox AS first
            WHERE first.state = 'pending' AND first.lane = outbox.lane AND first.stream = outbox.stream)""")
    db.execute("DROP INDEX outbox_due")
    db.execute("CREATE INDEX outbox_due ON outbox (lane, next_at, seq) WHERE state = 'pending' AND turn = 1")
    db.execute("CREATE INDEX outbox_stream ON outbox (lane, stream, seq) WHERE state = 'pending'")
    db.execute("CREATE INDEX outbox_dead ON outbox (seq) WHERE state = 'dead'")
    db.execute("CREATE INDEX outbox_ended ON outbox (ended_at) WHERE state = 'delivered'")
    db.execute("""
        CREATE TABLE webhook_endpoint (
            id TEXT PRIMARY KEY,
            api TEXT NOT NULL,
            tenant TEXT NOT NULL,
            url TEXT NOT NULL,
            secret BLOB NOT NULL,
            old_secret BLOB,
            old_until TEXT,
            created_at TEXT NOT NULL,
            UNIQUE (api, tenant),
            CHECK ((old_secret IS NULL) = (old_until IS NULL))
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE webhook_allowance (
            entry TEXT PRIMARY KEY,
            created_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""")
