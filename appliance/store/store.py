"""Everything that lasts, opened and closed together: the one call the composition root makes here."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from appliance.domain.credential import AuditEntry
from appliance.errors import DataFolderUnusable
from appliance.store import box_settings, ledger
from appliance.store.account_tokens import AccountTokens
from appliance.store.captures import Captures
from appliance.store.checkpoints import Checkpoints
from appliance.store.collections import Collections
from appliance.store.credentials import Credentials
from appliance.store.database import Database
from appliance.store.folder import DataFolder
from appliance.store.issuer_keys import IssuerKeys
from appliance.store.keys import KeyFile, Keyring
from appliance.store.screened_subjects import ScreenedSubjects
from appliance.store.screening import ScreeningLists
from appliance.store.space import BALLAST_BYTES, DiskSpace
from appliance.store.technicians import Technicians
from appliance.store.templates import Templates
from appliance.store.transaction import Connection, Transaction
from appliance.store.uploads import Uploads
from appliance.store.vault import Vault
from appliance.store.vault_keys import WrappingKeys
from appliance.store.vault_upkeep import VaultUpkeep
from appliance.store.webhook_endpoints import WebhookEndpoints


class Store:
    """The opened data folder.

    Attributes:
        folder: where it lies; held by this process until `close`.
        keys: derived from the box key.
        space: room on the disk.
        database: reads and writes.
        credentials: API callers.
        account_tokens: of those who log in.
        technicians: people.
        uploads: presigned pictures.
        collections: of faces, to search; loaded where the store serves.
        captures: opens sealed ones.
        templates: seals those that leave the box.
        vault: what was masked, to be unmasked.
        vault_upkeep: erases what is past its time there, changes its keys.
        issuer_keys: certificates of authorities whose signatures are believed.
        webhooks: where events go.
        screening: sanctions lists.
        screened: which customers were looked at under which of them.
        checkpoints: of the ledger.
        first_password: of the first technician, on the very first start only: to be shown once.
    """

    def __init__(  # noqa: PLR0913  made in one place, below
        self,
        *,
        folder: DataFolder,
        keys: Keyring,
        space: DiskSpace,
        database: Database,
        credentials: Credentials,
        checkpoints: Checkpoints,
    ) -> None:
        self.folder = folder
        self.keys = keys
        self.space = space
        self.database = database
        self.credentials = credentials
        self.checkpoints = checkpoints
        self.account_tokens = AccountTokens(keys.accounts, credentials)
        self.technicians = Technicians(database)
        self.uploads = Uploads(database, keys, folder.uploads, space)
        self.collections = Collections(keys.collections)
        self.captures = Captures(keys)
        self.templates = Templates(keys)
        self.vault = Vault(keys, WrappingKeys(folder.vault_keys, keys.vault))
        self.vault_upkeep = VaultUpkeep(database, self.vault)
        self.webhooks = WebhookEndpoints(keys.webhooks)
        self.issuer_keys = IssuerKeys(keys)
        self.screening = ScreeningLists(database)
        self.screened = ScreenedSubjects(database, keys)
        self.first_password: str | None = None

    @classmethod
    def open(  # noqa: PLR0913  limits, and clocks for tests
        cls,
        path: Path,
        *,
        floor_bytes: int,
        ballast_bytes: int = BALLAST_BYTES,
        serving: bool = True,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        uptime: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Hold the folder and open what is in it; on the first start make it. Blocks.

        Args:
            path: the data folder, absolute.
            floor_bytes: free disk that ordinary writes leave.
            ballast_bytes: room kept for writes on a full disk.
            serving: the box starts: noted in the ledger, and the first start makes the first technician. A
                command that opens the folder for a moment does neither.
            wall: the time of day, with zone.
            uptime: seconds on a clock that never jumps.

        Raises:
            DataFolderInUse: another process holds it.
            DataFolderUnusable: not writable, a newer release's, or its box key is missing or unsafe.
            LedgerBroken: the audit ledger does not match its last checkpoint.
            StorageFull: below the floor, also after purging what is due.
        """
        folder = DataFolder.hold(path)
        try:
            source = KeyFile(folder.box_key)
            if not source.exists() and not folder.database.exists():
                source.create()
            keys = Keyring(source)
            space = DiskSpace(folder.path, floor_bytes, folder.ballast, ballast_bytes)
            space.keep_ballast()
            credentials = Credentials(keys.credentials)
            checkpoints = Checkpoints(keys.ledger, keys.fingerprint, wall)

            def check(connection: Connection) -> None:
                _check_key(connection, keys.fingerprint)
                checkpoints.check(connection)
                credentials.load(connection)

            def tick(transaction: Transaction) -> None:
                credentials.save_use(transaction)
                checkpoints.make(transaction)

            database = Database.open(folder.database, space, check=check, tick=tick, wall=wall, uptime=uptime)
        except BaseException:
            folder.release()
            raise
        store = cls(
            folder=folder,
            keys=keys,
            space=space,
            database=database,
            credentials=credentials,
            checkpoints=checkpoints,
        )
        try:
            store._start(serving=serving)
        except BaseException:
            database.close()
            folder.release()
            raise
        return store

    @property
    def box_id(self) -> str:
        """Id of this box: the fingerprint of its key, 16 hex digits."""
        return self.keys.fingerprint

    def checkpoint(self) -> str:
        """Sign the ledger as it stands; returns the note. Blocks."""
        return self.database.write_blocking(self.checkpoints.make, urgent=True)

    def close(self) -> None:
        """Sign a last checkpoint, write what is queued, let the folder go. Blocks; may be called twice."""
        try:
            if self.database.alive:
                self.database.write_blocking(self.credentials.save_use, urgent=True)
                self.checkpoint()
        finally:
            self.database.close()
            self.folder.release()

    def _start(self, *, serving: bool) -> None:
        def first(transaction: Transaction) -> None:
            if box_settings.get(transaction, box_settings.KEY_FINGERPRINT) is None:
                box_settings.put(transaction, box_settings.KEY_FINGERPRINT, self.box_id)
                transaction.audit(AuditEntry("box", "box", "box.create", object=self.box_id))
            self.captures.first(transaction)
            if wrapping is not None:
                self.vault.wrapping.begin(transaction, wrapping, self.vault.now())
            if serving:
                transaction.audit(AuditEntry("box", "box", "box.start", object=self.box_id))

        self.uploads.sweep()
        self.uploads.purge_due()
        self.database.read_blocking(self.vault.wrapping.load)
        wrapping = None if self.vault.wrapping.current else self.vault.wrapping.prepare()
        self.database.write_blocking(first)
        self.database.read_blocking(self.captures.load)
        self.database.read_blocking(self.issuer_keys.load)
        if serving:
            self.database.read_blocking(self.collections.load)
            self.screening.abandon()
            self.first_password = self.technicians.first_start()


def _check_key(connection: Connection, fingerprint: str) -> None:
    known = box_settings.get(connection, box_settings.KEY_FINGERPRINT)
    if known is None and ledger.size(connection):
        raise ledger.broken("the box's own settings are missing")
    if known not in (None, fingerprint):
        raise DataFolderUnusable(
            f"the box key is not the one of this database (key {fingerprint}, database {known})",
            remedy="Put the right box.key back, or restore a backup into an empty folder.",
        )
