"""What the box makes of one picture beside what is true of it, as a row of plain values."""

import json
import resource
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from appliance.domain.capture import Capture
from appliance.domain.document import Document
from appliance.vision.documents import quad as quads
from appliance.vision.documents.faults import judge
from appliance.vision.documents.reader import DocumentReader
from tests.specimen.sets import Specimen

Row = dict[str, Any]
TODAY = date(2026, 11, 21)


def measured(reader: DocumentReader, pictures: Iterable[Specimen], log: Path) -> Iterator[Row]:
    """Read and judge each picture; rows also go to `log` as they come, what there is if a run is stopped."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        for made in pictures:
            row = of(reader, made)
            print(json.dumps(row, ensure_ascii=False), file=file, flush=True)
            yield row


def of(reader: DocumentReader, made: Specimen) -> Row:
    """The row of one drawn picture."""
    pixels = made.photograph.pixels()
    clock, processor = time.perf_counter(), busy()
    look = reader.look(pixels)
    document = reader.read(look, today=TODAY)
    spent = {"clock": time.perf_counter() - clock, "processor": busy() - processor}
    told = judge(Capture("", "image/jpeg", len(made.photograph.jpeg), pixels), reader.find(look))
    truth = made.photograph.quad
    overlap = 0.0 if document.quad is None or truth is None else quads.overlap(document.quad, truth)
    return {
        "name": made.name,
        "kind": made.drawn.kind,
        "condition": made.photograph.condition,
        "ground": made.photograph.ground,
        "type": made.drawn.type,
        "said_type": str(document.type),
        "overlap": float(overlap),
        "faults": [str(fault) for fault in told],
        "mrz": list(made.drawn.mrz),
        "said_mrz": list(document.mrz.lines) if document.mrz else [],
        "mrz_valid": bool(document.mrz and document.mrz.valid),
        "evidence": [[str(one.kind), one.verified] for one in document.evidence],
        "milliseconds": {**document.milliseconds, **{key: 1000 * value for key, value in spent.items()}},
        **compared(document, made.drawn.fields),
    }


def compared(document: Document, truth: Mapping[str, str]) -> Row:
    """Truth, value, confidence and source of each field that the document has."""
    fields = {}
    for name, value in truth.items():
        found = document.fields.get(name)
        said = (found.value, float(found.confidence), str(found.source)) if found else ("", 0.0, "")
        fields[name] = [value, *said]
    return {"fields": fields}


def busy() -> float:
    """Seconds of processor time of this process."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def taken(rows: Iterable[Row], name: str) -> list[float]:
    """Milliseconds of one stage over rows that entered it; `clock` and `processor` are of all of them."""
    return [float(row["milliseconds"][name]) for row in rows if name in row["milliseconds"]]
