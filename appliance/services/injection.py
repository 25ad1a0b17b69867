"""Whether a capture was slipped in: its way here, what the box remembers of it, what its file says."""

from appliance.domain.attack import Attack, Finding, Strictness
from appliance.domain.capture import Capture
from appliance.domain.injection import Injection, judge
from appliance.domain.provenance import Channel
from appliance.engine.pool import Slot
from appliance.services.context import Services
from appliance.store.transaction import Transaction
from appliance.vision.attacks.look import look

UPLOADED = "a plain upload says nothing of its way"


async def injection(
    services: Services, slot: Slot, capture: Capture
) -> tuple[Finding, Injection | None, bytes]:
    """Judge a capture. It is not remembered yet: see `remember`.

    Returns:
        The finding, what led to it (None for a plain upload), and the picture's look.
    """
    pipeline = services.attacks.resolve(Attack.INJECTION_ATTACK, None, None)
    if capture.provenance.channel is Channel.UPLOAD:
        return Finding(pipeline, Strictness.REGULAR, reason=UPLOADED), None, b""
    seen = await slot.run(look, capture.pixels)
    digest = bytes.fromhex(capture.sha256)
    known = await services.database.read(lambda connection: services.memory.recall(connection, digest, seen))
    judged = judge(
        capture.provenance,
        repeated=known.same,
        resembles=known.near,
        evidence=known.evidence,
        metadata=capture.marks,
    )
    return Finding(pipeline, Strictness.REGULAR, judged.probability, judged.probability), judged, seen


def remember(services: Services, transaction: Transaction, capture: Capture, seen: bytes) -> None:
    """Remember a capture, in the transaction of its check's leaf: a call that failed may be sent again."""
    services.memory.remember(transaction, bytes.fromhex(capture.sha256), seen)
