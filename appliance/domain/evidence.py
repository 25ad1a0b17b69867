"""What an evidence packet says about one decision: inputs, scores, and on what they rest.

The content is personal data as a whole and exists outside of memory only sealed. It holds no pictures and no
templates, only their SHA-256: whoever has the pictures can show that they are the ones that were judged.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from appliance.domain.risk import Assessment
from appliance.domain.risk_policy import Policy
from appliance.domain.screening import Query, Screening

FORMAT = "kycbox evidence content v1"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that was judged.

    Attributes:
        kind: document, selfie or frames.
        id: of the step, `doc_...`.
        sha256: of the bytes as they arrived, hex; of several, over their SHA-256 in order.
        count: of pictures.
        at: seconds since 1970.
    """

    kind: str
    id: str
    sha256: str
    count: int
    at: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One score, and what it means.

    Attributes:
        name: of the check.
        score: None where the check could not be made.
        threshold: at which it was decided; None where there is none.
        passed: what was decided; None where nothing was.
        model: name of the model or pipeline, "" for a rule.
        model_sha256: of its weights, hex, "" where it has none.
        calibration_sha256: of the file that gives the score its meaning, hex, "" where there is none.
        details: codes of what was looked at, and of what failed.
    """

    name: str
    score: float | None
    threshold: float | None
    passed: bool | None
    model: str = ""
    model_sha256: str = ""
    calibration_sha256: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """Who sent the pictures, and how.

    Attributes:
        channel: upload, bundle or kiosk.
        credential: id of the key behind the session.
        device: name of the capturing device or camera, "" where unknown.
        enrolled: whether the box knows the device's key and its signature held.
        genuine: lowest probability of the injection checks, None where none could look.
    """

    channel: str
    credential: str
    device: str = ""
    enrolled: bool = False
    genuine: float | None = None


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """What the box knew of its clock: whether a time server keeps it; None where that cannot be asked."""

    synchronised: bool | None
    plausible: bool


@dataclass(frozen=True, slots=True)
class Act:
    """Who decided what, and why.

    Attributes:
        kind: decided, first_approval, approved or rejected.
        operator: `box`, or id of the officer.
        decision: the state that the session is in after it.
        reason: in words; of an officer, its own.
        at: seconds since 1970.
    """

    kind: str
    operator: str
    decision: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that one packet says.

    Attributes:
        session: id.
        tenant: owner.
        box: id of the box.
        release: of kycbox.
        act: that this packet is about.
        subject: what was read about the person; the document number masked.
        consent: reference to the person's consent as the caller gave it, "" where it gave none.
        inputs: judged.
        measured: scores.
        client: that sent them.
        clock: of the box.
        query: that was screened; None where it was not.
        screening: None where it was not done.
        assessment: of the risk; None where a packet is about an officer's act alone.
        policy: that the assessment followed; None likewise.
    """

    session: str
    tenant: str
    box: str
    release: str
    act: Act
    subject: Mapping[str, str] = field(default_factory=dict)
    consent: str = ""
    inputs: tuple[Input, ...] = ()
    measured: tuple[Measured, ...] = ()
    client: Client | None = None
    clock: ClockTrust | None = None
    query: Query | None = None
    screening: Screening | None = None
    assessment: Assessment | None = None
    policy: Policy | None = None

    def __repr__(self) -> str:
        return f"Evidence({self.session}, {self.act.kind})"


def encode(evidence: Evidence, salt: bytes) -> bytes:
    """Spell the content out: JSON with sorted keys, compressed. Salted, so that nobody can guess it."""
    fields = {
        name: getattr(evidence, name)
        for name in evidence.__dataclass_fields__
        if name not in ("policy", "subject")
    }
    policy = evidence.policy
    tree = {
        **fields,
        "format": FORMAT,
        "salt": base64.b64encode(salt).decode("ascii"),
        "subject": dict(evidence.subject),
        "policy": None
        if policy is None
        else {"version": policy.version, "sha256": policy.sha256, "text": policy.text},
    }
    return zlib.compress(msgspec.json.encode(tree, order="sorted"), 9)


def decode(content: bytes) -> dict[str, Any]:
    """Reverse `encode`; the content of a packet of this box."""
    return msgspec.json.decode(zlib.decompress(content), type=dict[str, Any])
