"""What each rule and each graded signal means, in words for a compliance officer. Holds no personal data."""

from collections.abc import Mapping
from types import MappingProxyType

RULES: Mapping[str, str] = MappingProxyType(
    {
        "spoof_detected": "The selfie or the live check shows an attack: a picture, a screen or a mask.",
        "document_forged": "A check of the document found it changed, copied or shown on a screen.",
        "document_signature_failed": "The issuer's signature on the document's data does not hold.",
        "injection_detected": "The pictures did not come from the camera that they claim.",
        "face_mismatch": "The selfie and the document's portrait show two persons.",
        "face_near_miss": "The selfie is nearly, but not enough, like the document's portrait.",
        "attack_before": "An earlier try of this applicant showed an attack.",
        "document_missing": "There is no document.",
        "face_missing": "There is no selfie that could be compared.",
        "liveness_missing": "The live check was not done.",
        "document_unreadable": "The document could not be read well enough to be relied upon.",
        "document_invalid": "A check digit, a date or the format of the document is wrong.",
        "document_expired": "The document is past its expiry date.",
        "document_attack_suspected": "A check suspects that the document is not the original.",
        "face_attack_suspected": "A check suspects that the selfie does not show a living person.",
        "injection_suspected": "It is doubtful that the pictures came from a camera.",
        "capture_seen_before": "A picture of this session was used in another session before.",
        "face_known_elsewhere": "The face is that of another customer.",
        "liveness_failed": "The person did not do what the live check asked for.",
        "sanctions_hit": "The name is close to one on a sanctions list: compare the details.",
        "sanctions_list_unavailable": "No sanctions list, or only an outdated one, could be searched.",
        "sanctions_not_screened": "The name was not compared with sanctions lists.",
    }
)

_SIGNALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "document_reading": ("Confidence of the document's reading", "No document was read"),
        "document_conflicts": ("Fields on which the document contradicts itself", "No document was read"),
        "document_zone": ("Machine-readable zone fails its check digits", "No machine-readable zone"),
        "document_signature": ("Issuer's signature fails", "No issuer's signature that could be checked"),
        "document_attack": ("Document is genuine, by its weakest check", "No check could judge the document"),
        "face_margin": ("Selfie is like the portrait", "No selfie was compared"),
        "face_attack": ("Selfie is genuine, by its weakest check", "No check could judge the selfie"),
        "face_elsewhere": ("Selfie is like another customer", "Not compared with other customers"),
        "liveness_margin": ("Confidence of the live check", "No live check"),
        "screening_match": ("Closest name on a sanctions list", "Not compared with a list"),
        "injection": ("Pictures come from a camera, by the weakest check", "No check of the pictures' way"),
        "channel": ("The pictures came by a way that others can write to", "The pictures' way is unknown"),
        "clock": ("Clock of the box is not synchronised", "Unknown whether the box's clock is right"),
        "country": ("Nationality or issuing state", "Nationality and issuing state are unknown"),
    }
)
_YES_NO = frozenset({"document_zone", "document_signature", "clock"})
_DOUBTS = frozenset({"channel", "country"})
"""Their value is the doubt itself."""


def rule(name: str) -> str:
    """The sentence of a rule."""
    return RULES[name]


def signal(name: str, value: float | None, doubt: float) -> str:
    """The sentence of a graded signal: its value, and how much of its doubt that is."""
    known, missing = _SIGNALS[name]
    if value is None:
        said = missing
    elif name in _YES_NO:
        said = f"{known}: {'yes' if value else 'no'}"
    elif name in _DOUBTS:
        said = known
    elif name == "document_conflicts":
        said = f"{known}: {value:.0f}"
    else:
        said = f"{known}: {value:.2f}"
    return f"{said}; doubt {doubt:.0%}"
