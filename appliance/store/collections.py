"""Collections of faces: sealed in the database, plain only in RAM, where they are searched.

Each collection has a key of its own, which lies wrapped in its row; every template is sealed with it, bound
to its record and model. Deleting the collection deletes the key: what is left of the records anywhere is
noise. A change is visible to searches once it is on disk and before its caller hears of it.
"""

import logging
import secrets
import threading
import unicodedata
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeAlias

import numpy as np

from appliance.domain.face import Template
from appliance.domain.gallery import Collection, Gallery, Hit
from appliance.errors import Conflict, InvalidRequest, NotFound, StorageFailed, TemplateRefused
from appliance.store.gallery import ExactGallery
from appliance.store.keys import KEY_BYTES, seal, unseal
from appliance.store.product import Product
from appliance.store.transaction import Connection, Transaction

LOG = logging.getLogger(__name__)
Effect: TypeAlias = Callable[[Transaction], None]
_MARKS: Final = frozenset(" ._:@+-")
_LONGEST: Final = 128
_AT_ONCE: Final = 512
"""Records read and opened at once at start: a megabyte each of sealed and plain."""
MOST_PER_TENANT: Final = 10_000
"""Collections; each costs a lock and a matrix."""


@dataclass(slots=True)
class _Held:
    """A collection in RAM. `gallery` is None before the first template and where a record cannot be read."""

    id: int
    about: Collection
    key: bytes
    gallery: Gallery | None = None
    damaged: bool = False

    @property
    def width(self) -> set[int]:
        return {self.gallery.width} if self.gallery else set()

    @property
    def now(self) -> Collection:
        return replace(self.about, total_records=len(self.gallery) if self.gallery else 0)


class Collections:
    """All collections of the box. Thread-safe; a tenant sees its own only.

    Args:
        wrapping: key that wraps the collections' keys.
        wall: the time of day, with zone.
        gallery: makes the search engine of a collection, given the length of a vector and what multiplies.
        random: source of keys and nonces.
    """

    def __init__(
        self,
        wrapping: bytes,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        gallery: Callable[[int, Product], ExactGallery] = ExactGallery,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._wrapping = wrapping
        self._wall = wall
        self._gallery = gallery
        self._random = random
        self._product = Product()
        self._held: dict[tuple[str, str], _Held] = {}
        self._lock = threading.Lock()

    def load(self, connection: Connection) -> None:
        """Read every collection into RAM: at start, before anything searches.

        A collection with a record that cannot be opened is not searched, rather than searched without the
        person in that record: `damaged` names it.
        """
        for row in connection.rows(
            "SELECT id, tenant, name, model, wrapped, created_at, created_by FROM face_collection"
        ):
            identity, tenant, name, model, wrapped, created_at, created_by = row
            about = Collection(name, tenant, model, created_at, created_by, 0)
            held = _Held(identity, about, b"")
            self._held[tenant, name] = held
            try:
                held.key = unseal(self._wrapping, wrapped, _context(identity, b"", model))
                held.gallery = self._loaded(connection, held)
            except StorageFailed:
                held.damaged = True
                LOG.exception("collection %r of %s cannot be read and is not searched", name, tenant)

    def _loaded(self, connection: Connection, held: _Held) -> Gallery | None:
        found = connection.row("SELECT count(*) FROM face_record WHERE collection = ?", (held.id,))
        total, after, gallery = int(found[0]) if found else 0, 0, None
        while rows := connection.rows(
            "SELECT seq, id, sealed FROM face_record WHERE collection = ? AND seq > ? ORDER BY seq LIMIT ?",
            (held.id, after, _AT_ONCE),
        ):
            plain = [
                unseal(held.key, sealed, _context(held.id, identity, held.about.model))
                for _, identity, sealed in rows
            ]
            if len({len(one) for one in plain}) != 1:
                raise StorageFailed("the records of a collection differ in length")
            vectors = np.frombuffer(b"".join(plain), "<f4").reshape(len(rows), -1)
            if gallery is None:
                gallery = self._gallery(vectors.shape[1], self._product)
                gallery.reserve(total)
            gallery.add([identity.hex() for _, identity, _ in rows], vectors)
            after = rows[-1][0]
        return gallery

    def all(self, tenant: str) -> list[Collection]:
        """The tenant's collections by name."""
        return sorted((one for one in self.everyone() if one.tenant == tenant), key=lambda one: one.name)

    def everyone(self) -> list[Collection]:
        """All tenants' collections: for the console."""
        with self._lock:
            return [held.now for held in self._held.values()]

    def damaged(self) -> list[Collection]:
        """Those that are not searched because a record cannot be opened."""
        with self._lock:
            return [held.about for held in self._held.values() if held.damaged]

    def models_in_use(self) -> set[str]:
        """Template models that collections were made with."""
        return {one.model for one in self.everyone()}

    def get(self, tenant: str, name: str) -> Collection:
        """One collection.

        Raises:
            NotFound: the tenant has none of that name.
        """
        return self._of(tenant, name).now

    def create(self, tenant: str, name: str, model: str, by: str) -> Effect:
        """Make an empty collection, bound to a template model.

        Raises:
            InvalidRequest: the name is not 1 to 128 letters, digits, spaces and ._:@+- . The effect raises
                Conflict where the name is taken.
        """
        if not _is_name(name):
            reason = "the name of a collection is 1 to 128 letters, digits, spaces and . _ : @ + -"
            raise InvalidRequest(reason, remedy="Choose another name.")
        key = self._random(KEY_BYTES)
        created = self._wall().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

        def effect(transaction: Transaction) -> None:
            if transaction.row("SELECT 1 FROM face_collection WHERE tenant = ? AND name = ?", (tenant, name)):
                raise Conflict("Collection already exists", remedy="Use it, or choose another name.")
            count = transaction.row("SELECT count(*) FROM face_collection WHERE tenant = ?", (tenant,))
            if count and count[0] >= MOST_PER_TENANT:
                raise Conflict(f"there are {MOST_PER_TENANT} collections", remedy="Delete one first.")
            # AUTOINCREMENT: the number of a deleted collection is never given again, nor its seals' context
            last = transaction.row("SELECT seq FROM sqlite_sequence WHERE name = 'face_collection'")
            identity = int(last[0]) + 1 if last else 1
            wrapped = seal(self._wrapping, key, _context(identity, b"", model), self._random)
            transaction.execute(
                "INSERT INTO face_collection (id, tenant, name, model, wrapped, created_at, created_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (identity, tenant, name, model, wrapped, created, by),
            )
            held = _Held(identity, Collection(name, tenant, model, created, by, 0), key)
            transaction.on_commit(lambda: self._put(held))

        return effect

    def delete(self, tenant: str, name: str, *, force: bool) -> Effect:
        """Delete a collection and, with `force`, what is in it; nothing of it can be opened afterwards.

        Raises:
            NotFound: the tenant has none of that name. The effect raises it too, and Conflict where the
                collection is not empty.
        """
        self._of(tenant, name)

        def effect(transaction: Transaction) -> None:
            identity = _identity(transaction, tenant, name)
            full = transaction.row("SELECT 1 FROM face_record WHERE collection = ? LIMIT 1", (identity,))
            if full and not force:
                raise Conflict("Collection is not empty", remedy="Delete it with force=true.")
            transaction.execute("DELETE FROM face_record WHERE collection = ?", (identity,))
            transaction.execute("DELETE FROM face_collection WHERE id = ?", (identity,))
            transaction.shred()
            transaction.on_commit(lambda: self._drop(tenant, name))

        return effect

    def add(self, tenant: str, name: str, templates: Sequence[Template]) -> tuple[Effect, list[str]]:
        """Add templates, all or none.

        Returns:
            The effect, and the records' new ids in the order of the templates.

        Raises:
            NotFound: no such collection; the effect raises it too. TemplateRefused: a template is of another
            model than the collection's.
        """
        held = self._of(tenant, name)
        for template in templates:
            _require(held, template)
        if len({len(template.vector) for template in templates} | held.width) > 1:
            raise TemplateRefused("templates of one model differ in length", remedy="Make them again.")
        ids = [uuid.UUID(bytes=self._random(16), version=4) for _ in templates]
        sealed = [
            seal(
                held.key,
                np.asarray(one.vector, "<f4").tobytes(),
                _context(held.id, identity.bytes, held.about.model),
                self._random,
            )
            for identity, one in zip(ids, templates, strict=True)
        ]
        names = [str(identity) for identity in ids]

        def effect(transaction: Transaction) -> None:
            if _identity(transaction, tenant, name) != held.id:  # deleted and made anew in the meantime
                raise _unknown()
            for identity, blob in zip(ids, sealed, strict=True):
                transaction.execute(
                    "INSERT INTO face_record (id, collection, sealed) VALUES (?, ?, ?)",
                    (identity.bytes, held.id, blob),
                )
            transaction.on_commit(lambda: self._extend(held, names, templates))

        return effect, names

    def remove(self, tenant: str, name: str, record_id: str) -> Effect:
        """Remove one record.

        Raises:
            NotFound: no such collection; the effect raises it too, also where there is no such record.
        """
        held = self._of(tenant, name)
        try:
            identity = uuid.UUID(record_id)
        except ValueError:
            raise _no_record() from None

        def effect(transaction: Transaction) -> None:
            where = (identity.bytes, held.id)
            if not transaction.execute("DELETE FROM face_record WHERE id = ? AND collection = ?", where):
                raise _no_record()
            transaction.shred()
            transaction.on_commit(lambda: self._take(held, str(identity)))

        return effect

    def search(self, tenant: str, name: str, probe: Template, limit: int) -> list[Hit]:
        """Search one collection for a face: the `limit` most alike, best first. Blocks for milliseconds.

        Raises:
            NotFound: no such collection. TemplateRefused: the probe is of another model.
            StorageFailed: a record of the collection cannot be opened.
        """
        held = self._of(tenant, name)
        _require(held, probe)
        return held.gallery.search(probe.vector, limit) if held.gallery else []

    def _of(self, tenant: str, name: str) -> _Held:
        with self._lock:
            held = self._held.get((tenant, name))
        if held is None:
            raise _unknown()
        return held

    def _put(self, held: _Held) -> None:
        with self._lock:
            self._held[held.about.tenant, held.about.name] = held

    def _drop(self, tenant: str, name: str) -> None:
        with self._lock:
            self._held.pop((tenant, name), None)

    def _extend(self, held: _Held, names: Sequence[str], templates: Sequence[Template]) -> None:
        if held.damaged or not templates:  # a damaged one stays unsearched until it is deleted
            return
        if held.gallery is None:
            held.gallery = self._gallery(len(templates[0].vector), self._product)
        held.gallery.add(names, np.stack([one.vector for one in templates]).astype(np.float32))

    @staticmethod
    def _take(held: _Held, record_id: str) -> None:
        if held.gallery is not None and record_id in held.gallery:
            held.gallery.remove(record_id)


def _is_name(name: str) -> bool:
    """Letters and digits of any script, with their combining marks."""
    return (
        0 < len(name) <= _LONGEST
        and name == name.strip()
        and all(one in _MARKS or one.isalnum() or unicodedata.category(one) in {"Mn", "Mc"} for one in name)
    )


def _require(held: _Held, template: Template) -> None:
    if held.damaged:
        raise StorageFailed(
            f"the collection {held.about.name!r} has a record that cannot be opened: it was changed on disk",
            remedy="Restore a backup, or delete the collection and enrol again.",
        )
    if template.model != held.about.model:
        raise TemplateRefused(
            f"the template was made by {template.model}, the collection holds those of {held.about.model}",
            remedy="Enrol the picture in a collection of the model in use.",
        )


def _context(collection: int, record: bytes, model: str) -> bytes:
    """What a seal is bound to; `record` is empty for the collection's own key."""
    return b"face collection %d %s %s" % (collection, record.hex().encode(), model.encode())


def _identity(transaction: Transaction, tenant: str, name: str) -> int:
    found = transaction.row("SELECT id FROM face_collection WHERE tenant = ? AND name = ?", (tenant, name))
    if found is None:
        raise _unknown()
    return int(found[0])


def _unknown() -> NotFound:
    return NotFound("Collection does not exist", remedy="Create it: POST /collections.")


def _no_record() -> NotFound:
    return NotFound("Record does not exist", remedy="Record ids are those that enrolment answered with.")
