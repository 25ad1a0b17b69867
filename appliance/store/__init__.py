"""SQLite: one writer, readers, migrations, credentials, uploads, ledger, outbox."""
