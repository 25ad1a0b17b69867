"""The schema, as steps that are each applied once, in their own transaction (sqlite-utils).

A step that was released is never edited; a change is a new step. A database that knows a step this release
does not know was made by a newer one and is left alone.
"""

import sqlite_utils

from appliance.errors import DataFolderUnusable
from appliance.store.first_migrations import STEPS


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


@STEPS()
def rotated_credentials(db: sqlite_utils.Database) -> None:
    """Secrets that were replaced and are still good for a while."""
    db.execute("""
        CREATE TABLE credential_predecessor (
            credential TEXT PRIMARY KEY REFERENCES credential (id),
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""")


@STEPS()
def screening_told(db: sqlite_utils.Database) -> None:
    """Whom of the lists an officer was told of already, for each customer; sealed."""
    db.execute("ALTER TABLE screening_subject ADD COLUMN told BLOB")


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
