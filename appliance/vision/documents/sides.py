"""Makes one document of the readings of a card's two sides."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from appliance.domain.document import Conflict, Document, DocumentType, Evidence, Field, Side, Source
from appliance.vision.documents import confidence, types
from appliance.vision.documents.agreement import agree
from appliance.vision.documents.types.kind import must_have

_OF_SOURCE: Final[Mapping[Source, int]] = {
    Source.SIGNED: 4,
    Source.MRZ: 3,
    Source.BARCODE: 2,
    Source.VIZ: 1,
}


def joined(front: Document, back: Document) -> Document:
    """The document that a front and a back make together.

    A field on one side only is taken from there. Where both sides have it, the stronger source gives the
    value, as on one side; where they disagree, that is told. Page, portrait and outline are the front's.
    """
    first, second = (back, front) if _is_swapped(front, back) else (front, back)
    kind = first.type if first.type is not DocumentType.UNKNOWN else second.type
    conflicts = [*first.conflicts, *second.conflicts]
    if DocumentType.UNKNOWN not in (first.type, second.type) and first.type.group != second.type.group:
        conflicts.append(
            Conflict("document_type", ((Source.VIZ, first.type.value), (Source.VIZ, second.type.value)))
        )
    fields: dict[str, Field] = {}
    for name in dict.fromkeys((*first.fields, *second.fields)):
        held = [document.fields[name] for document in (first, second) if name in document.fields]
        fields[name] = held[0] if len(held) == 1 else _one(name, held[0], held[1], conflicts)
    needed = _needed(kind, fields)
    sure = sum(fields[name].confidence for name in needed if name in fields) / len(needed)
    spent = dict(first.milliseconds)
    for stage, milliseconds in second.milliseconds.items():
        spent[stage] = spent.get(stage, 0.0) + milliseconds
    return replace(
        first,
        type=kind,
        fields=fields,
        confidence=round(sure, 4),
        mrz=first.mrz or second.mrz,
        portraits=first.portraits or (),
        conflicts=tuple(conflicts),
        evidence=_evidence(first, second),
        number_valid=first.number_valid if first.number_valid is not None else second.number_valid,
        side=Side.FRONT,
        milliseconds=spent,
    )


def _is_swapped(front: Document, back: Document) -> bool:
    """Whether the pictures came the wrong way round: the sides say so, or only the back has a portrait."""
    if front.side is Side.BACK or back.side is Side.FRONT:
        return front.side is not Side.FRONT and back.side is not Side.BACK
    return bool(back.portraits) and not front.portraits


def _needed(kind: DocumentType, fields: Mapping[str, Field]) -> tuple[str, ...]:
    module = types.general(kind)
    both = dict.fromkeys((*must_have(module, Side.FRONT), *must_have(module, Side.BACK)))
    return tuple(both) or tuple(fields)


def _one(name: str, front: Field, back: Field, conflicts: list[Conflict]) -> Field:
    chosen, other = sorted((front, back), key=_strength, reverse=True)
    if agree(name, chosen.value, other.value):
        longer = max((chosen, other), key=lambda field: len(field.value.replace("X", "")))
        value = longer.value if "number" in name or "date" in name else chosen.value
        apart = chosen.source is not other.source
        sure = max(chosen.confidence, other.confidence, confidence.AGREED if apart else 0.0)
        return replace(chosen, value=value, confidence=sure)
    conflicts.append(Conflict(name, ((chosen.source, chosen.value), (other.source, other.value))))
    return replace(chosen, confidence=round(chosen.confidence * confidence.CONTESTED, 4))


def _strength(field: Field) -> tuple[int, float]:
    doubtful = field.confidence <= confidence.FAILED
    return 0 if doubtful else _OF_SOURCE[field.source], field.confidence


def _evidence(first: Document, second: Document) -> tuple[Evidence, ...]:
    """All of both; where a barcode lies in the picture is told for the front only, whose page is returned."""
    return (*first.evidence, *(replace(one, quad=None) for one in second.evidence))
