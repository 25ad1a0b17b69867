"""The schema, as steps that are each applied once, in their own transaction (sqlite-utils).

A step that was released is never edited; a change is a new step. A database that knows a step this release
does not know was made by a newer one and is left alone.
"""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from appliance.errors import DataFolderUnusable

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


@STEPS()
def idempotency(db: sqlite_utils.Database) -> None:
    """Answers to calls that may be sent again; `sealed` opens only with the caller's key."""
    db.execute("""
        CREATE TABLE idempotent_answer (
            scope BLOB PRIMARY KEY CHECK (length(scope) = 32),
            fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
            about TEXT NOT NULL,
            sealed BLOB NOT NULL,
            expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX idempotent_answer_expires ON idempotent_answer (expires)")
    db.execute("CREATE INDEX idempotent_answer_about ON idempotent_answer (about) WHERE about <> ''")


@STEPS()
def vault(db: sqlite_utils.Database) -> None:
    """Sealed records; `vault_data_key` holds each one's own key: without that row the record is noise.

    The keys that wrap those keys are not in the database: `vault_wrapping_key` only knows which there are.
    """
    db.execute("""
        CREATE TABLE vault_wrapping_key (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            check_value BLOB NOT NULL CHECK (length(check_value) = 16),
            created_at INTEGER NOT NULL,
            destroyed_at INTEGER
        ) STRICT""")
    db.execute("""
        CREATE TABLE vault_record (
            seq INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
            tenant TEXT NOT NULL,
            purpose TEXT NOT NULL,
            class TEXT NOT NULL CHECK (class IN ('masking', 'law')),
            created_at INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            hold TEXT,
            sealed BLOB NOT NULL
        ) STRICT""")
    db.execute("CREATE INDEX vault_record_expires ON vault_record (expires) WHERE hold IS NULL")
    db.execute("""
        CREATE TABLE vault_data_key (
            record INTEGER PRIMARY KEY REFERENCES vault_record (seq),
            wrapping INTEGER NOT NULL REFERENCES vault_wrapping_key (id),
            wrapped BLOB NOT NULL
        ) STRICT""")
    db.execute("CREATE INDEX vault_data_key_wrapping ON vault_data_key (wrapping)")
    db.execute("""
        CREATE TABLE vault_index (
            digest BLOB NOT NULL CHECK (length(digest) = 16),
            record INTEGER NOT NULL REFERENCES vault_record (seq),
            PRIMARY KEY (digest, record)
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX vault_index_record ON vault_index (record)")
    db.execute("""
        CREATE TABLE vault_approval (
            hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
            record INTEGER NOT NULL REFERENCES vault_record (seq),
            approver TEXT NOT NULL,
            role TEXT NOT NULL,
            fields TEXT NOT NULL,
            expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX vault_approval_record ON vault_approval (record)")
    db.execute("CREATE INDEX vault_approval_expires ON vault_approval (expires)")


@STEPS()
def kyc_sessions(db: sqlite_utils.Database) -> None:
    """Sessions of customers' checks."""
    db.execute("""
        CREATE TABLE kyc_session (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            sealed BLOB NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('created', 'completed', 'failed')),
            result TEXT NOT NULL DEFAULT '',
            confidence REAL,
            reason TEXT NOT NULL DEFAULT '',
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            completed_at INTEGER
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX kyc_session_due ON kyc_session (expires_at) WHERE state = 'created'")
    db.execute("CREATE INDEX kyc_session_ended ON kyc_session (completed_at)")


@STEPS()
def reading_batches(db: sqlite_utils.Database) -> None:
    """Batches of documents that wait to be read."""
    db.execute("""
        CREATE TABLE reading_batch (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            wish TEXT NOT NULL,
            whole_numbers INTEGER NOT NULL,
            documents INTEGER NOT NULL,
            expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX reading_batch_expires ON reading_batch (expires)")
    db.execute("""
        CREATE TABLE reading_item (
            batch TEXT NOT NULL REFERENCES reading_batch (id),
            place INTEGER NOT NULL,
            picture BLOB,
            reading BLOB,
            PRIMARY KEY (batch, place)
        ) STRICT""")
    db.execute("CREATE INDEX reading_item_waiting ON reading_item (batch, place) WHERE reading IS NULL")


@STEPS()
def onboarding(db: sqlite_utils.Database) -> None:
    """Applicants' journeys; `sealed`, `portraits` and `face` open with the box key only.

    `seq` gives the order of creation; `user` is a keyed hash of the partner's name for its user. Each kept
    picture has a key of its own, `wrapped`: without it the picture is noise.
    """
    db.execute("""
        CREATE TABLE onboarding_session (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            user BLOB NOT NULL CHECK (length(user) = 16),
            state TEXT NOT NULL CHECK (state IN
                ('pending', 'in_progress', 'approved', 'rejected', 'manual_review', 'expired')),
            sealed BLOB NOT NULL,
            portraits BLOB,
            face BLOB,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            completed_at INTEGER
        ) STRICT""")
    db.execute("CREATE INDEX onboarding_session_tenant ON onboarding_session (tenant, seq)")
    db.execute("CREATE INDEX onboarding_session_user ON onboarding_session (tenant, user, seq)")
    db.execute("CREATE INDEX onboarding_session_state ON onboarding_session (tenant, state, seq)")
    db.execute(
        "CREATE INDEX onboarding_session_due ON onboarding_session (expires_at)"
        " WHERE state IN ('pending', 'in_progress')"
    )
    db.execute(
        "CREATE INDEX onboarding_session_review ON onboarding_session (seq) WHERE state = 'manual_review'"
    )
    db.execute(
        "CREATE INDEX onboarding_session_ended ON onboarding_session (completed_at)"
        " WHERE state IN ('approved', 'rejected', 'expired')"
    )
    db.execute("""
        CREATE TABLE onboarding_picture (
            session INTEGER NOT NULL REFERENCES onboarding_session (seq) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('document', 'selfie', 'frame')),
            wrapped BLOB NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (session, kind)
        ) STRICT""")


@STEPS()
def decisions(db: sqlite_utils.Database) -> None:
    """Evidence of decisions about applicants, and approvals that wait for a second officer."""
    db.execute("""
        CREATE TABLE evidence_packet (
            session TEXT NOT NULL REFERENCES onboarding_session (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            evidence TEXT NOT NULL CHECK (length(evidence) = 64),
            file BLOB NOT NULL,
            made_at INTEGER NOT NULL,
            PRIMARY KEY (session, number)
        ) STRICT""")
    db.execute("""
        CREATE TABLE review_approval (
            session TEXT PRIMARY KEY REFERENCES onboarding_session (id) ON DELETE CASCADE,
            officer TEXT NOT NULL,
            made_at INTEGER NOT NULL
        ) STRICT""")


@STEPS()
def vcip_sessions(db: sqlite_utils.Database) -> None:
    """Sessions of video-based identification."""
    db.execute("""
        CREATE TABLE vcip_session (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            opened_by TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('created', 'consented', 'in_progress', 'recorded', 'audited', 'aborted')),
            sealed BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            ended_at INTEGER
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX vcip_session_due ON vcip_session (expires_at) WHERE ended_at IS NULL")
    db.execute("CREATE INDEX vcip_session_ended ON vcip_session (ended_at)")


@STEPS()
def screening_lists(db: sqlite_utils.Database) -> None:
    """Sanctions lists, and which customers were looked at under which of them."""
    db.execute("""
        CREATE TABLE screening_list (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('arriving', 'current', 'gone')),
            version TEXT NOT NULL DEFAULT '',
            sha256 TEXT NOT NULL DEFAULT '',
            published TEXT NOT NULL DEFAULT '',
            imported TEXT NOT NULL DEFAULT '',
            entities INTEGER NOT NULL DEFAULT 0
        ) STRICT""")
    db.execute("CREATE UNIQUE INDEX screening_current ON screening_list (source) WHERE state = 'current'")
    db.execute("""
        CREATE TABLE screening_person (
            list INTEGER NOT NULL REFERENCES screening_list (number),
            place INTEGER NOT NULL,
            person TEXT NOT NULL,
            PRIMARY KEY (list, place)
        ) STRICT, WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE screening_subject (
            subject TEXT PRIMARY KEY,
            lists TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""")


def migrate(db: sqlite_utils.Database) -> None:
    """Bring a database to this release.

    Raises:
        DataFolderUnusable: a newer release made it; nothing was touched.
    """
    newer = {step.name for step in STEPS.applied(db)} - _names()
    if newer:
        raise DataFolderUnusable(
            f"the data folder was made by a newer release of kycbox (it has: {', '.join(sorted(newer))})",
            remedy="Install that release again, or name another folder with --data.",
        )
    STEPS.apply(db)


def _names() -> set[str]:
    blank = sqlite_utils.Database(memory=True, execute_plugins=False)
    try:
        return {step.name for step in STEPS.pending(blank)}
    finally:
        blank.close()
