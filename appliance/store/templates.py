"""Templates that leave the box: sealed, so that whoever keeps one can neither read nor make one.

Layout: 4 bytes magic, 1 byte version, 8 bytes of the box key's fingerprint, 1 byte length of the model's
name, the name, then 24 bytes nonce and the vector (float32, little endian) under XChaCha20-Poly1305. What
stands in clear before the nonce is authenticated with it.
"""

import numpy as np

from appliance.domain.face import Template
from appliance.errors import StorageFailed, TemplateRefused
from appliance.store.keys import Keyring, seal, unseal

MAGIC = b"KYT1"
VERSION = 1
_BOX = 8
_HEAD = len(MAGIC) + 1 + _BOX + 1
_LONGEST = 64 * 1024
_REMEDY = "Make the template again from the picture: POST /generate-template."


class Templates:
    """Seals templates with a key of this box."""

    def __init__(self, keys: Keyring) -> None:
        self._key = keys.templates
        self._box = bytes.fromhex(keys.fingerprint)

    def seal(self, template: Template) -> bytes:
        """Make the opaque form of a template."""
        model = template.model.encode()
        head = b"".join((MAGIC, bytes((VERSION,)), self._box, bytes((len(model),)), model))
        return head + seal(self._key, np.asarray(template.vector, "<f4").tobytes(), head)

    def open(self, data: bytes) -> Template:
        """Open an opaque template.

        Raises:
            TemplateRefused: not one of this format, of another box, or changed.
        """
        if len(data) < _HEAD or len(data) > _LONGEST or not data.startswith(MAGIC):
            raise TemplateRefused("these bytes are not a template of kycbox", remedy=_REMEDY)
        if data[len(MAGIC)] != VERSION:
            reason = f"the template has version {data[len(MAGIC)]}, this box reads version {VERSION}"
            raise TemplateRefused(reason, remedy=_REMEDY)
        if data[len(MAGIC) + 1 : len(MAGIC) + 1 + _BOX] != self._box:
            raise TemplateRefused("the template was made by another box", remedy=_REMEDY)
        end = _HEAD + data[_HEAD - 1]
        head, sealed = data[:end], data[end:]
        try:
            model = head[_HEAD:].decode()
            plain = unseal(self._key, sealed, head)
        except (StorageFailed, UnicodeDecodeError):
            raise TemplateRefused("the template was changed or cut short", remedy=_REMEDY) from None
        return Template(model, np.frombuffer(plain, "<f4").astype(np.float32))
