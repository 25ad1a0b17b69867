"""The three parts of a verification: independent, each piece of work done once, one leaf."""

from contextlib import asynccontextmanager
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from appliance.domain.capture import Capture
from appliance.domain.credential import Principal
from appliance.domain.document import Document, DocumentType, Field, Source
from appliance.domain.face import Box, Face, FaceQuality, Pose, Template
from appliance.domain.score import ScoreMaps
from appliance.errors import DecoderFailed, Forbidden, NotInstalled, ServiceError, UnsupportedFormat
from appliance.services.call import Caller
from appliance.services.parts import Failed
from appliance.services.pictures import Intake, Sent
from appliance.services.verify_identity import VerifyIdentity, verify_identity

DOCUMENT, SELFIE = Sent(b"document"), Sent(b"selfie")
PAGE, PERSON = np.full((40, 60, 3), 10, np.uint8), np.full((40, 60, 3), 20, np.uint8)
COMMAND = VerifyIdentity(DOCUMENT, SELFIE, None, Intake(frozenset({"image/jpeg"}), 1000))


def face(left, score=0.9):
    points = np.zeros((5, 2), np.float32)
    quality = FaceQuality(60.0, 100.0, 120.0, 0.0, 1.0)
    mesh = np.zeros((468, 3), np.float32)
    return Face(Box(left, 0, left + 20, 20), score, points, mesh, 1.0, Pose(0, 0, 0), quality)


def document(shown=(), confidence=0.9):
    fields = {"document_number": Field("X1", "X1", 0.9, Source.MRZ)}
    return Document(DocumentType.PASSPORT, fields, confidence, PAGE, portraits=tuple(shown))


HOLDER, APPLICANT = (face(0),), (face(5),)


class Work:
    """Fakes of everything under the service; counts what is asked of it, and fails where told to."""

    def __init__(self, holders=HOLDER, selfie=APPLICANT, fails=None):
        self.holders, self.selfie, self.fails = holders, selfie, fails or {}
        self.done, self.entries = [], []

    def _do(self, name):
        self.done.append(name)
        if name in self.fails:
            raise self.fails[name]

    async def decode(self, data, *, formats, max_bytes):
        self._do(f"decode {data.decode()}")
        pixels = PAGE if data == b"document" else PERSON
        return Capture("", "image/jpeg", len(data), pixels)

    def read(self, pixels, wanted):
        self._do("read")
        return document(self.holders)

    def detect(self, pixels):
        where = "document" if pixels is PAGE else "selfie"
        self._do(f"detect {where}")
        return list(self.holders if pixels is PAGE else self.selfie)

    def template(self, pixels, found):
        where = "document" if pixels is PAGE else "selfie"
        self._do(f"template {where}")
        angle = {0: 0.1, 30: 1.2}.get(int(found.box.left), 0.0)
        return Template("m", np.array([np.cos(angle), np.sin(angle)], np.float32))

    async def commit(self, entry, effect=None):
        self.entries.append(entry)

    @asynccontextmanager
    async def admit(self):
        async def run(function, *arguments, **named):
            return function(*arguments, **named)

        yield SimpleNamespace(run=run)

    async def succeeded(self, caller, action, *, effect=None, about="", details=None):
        self.entries.append((action, details))


async def verified(work, scopes=()):
    services = SimpleNamespace(
        decoder=work,
        pool=work,
        faces=work,
        documents=work,
        audit=work,
        scores=ScoreMaps(0.8, 0.9),
        today=lambda: date(2030, 1, 1),
    )
    caller = Caller(Principal("c", "t", "deepidv", frozenset(scopes), "enterprise"), "r")
    return await verify_identity(services, caller, COMMAND)


async def test_everything_is_done_once():
    work = Work(holders=(face(0), face(30)))
    result = await verified(work)
    assert result.verdict.verified
    once = {"decode document", "decode selfie", "read", "detect selfie", "template selfie"}
    assert sorted(work.done) == sorted([*once, "template document", "template document"])
    ((action, details),) = work.entries
    assert (action, details["verified"], details["failed"]) == ("identity.verify", True, "")


async def test_the_best_face_of_the_document_counts():
    alone = await verified(Work(holders=(face(30),)))
    both = await verified(Work(holders=(face(30), face(0))))
    assert not alone.comparison.matched
    assert both.comparison.matched


async def test_a_failed_reading_leaves_the_other_parts():
    work = Work(fails={"read": NotInstalled("no model")})
    result = await verified(work)
    assert isinstance(result.reading, Failed)
    assert isinstance(result.face, Face)
    assert result.comparison.matched
    assert "detect document" in work.done
    assert result.verdict.reasons == ("document_unreadable",)
    assert work.entries[0][1]["failed"] == "not_installed"


async def test_a_failed_detection_leaves_the_reading():
    result = await verified(Work(fails={"detect selfie": RuntimeError("a bug")}))
    assert result.reading.document.confidence == 0.9
    assert (result.face.code, result.comparison.code) == ("internal", "internal")
    assert result.verdict.confidence == 36.0


async def test_a_failed_template_leaves_reading_and_detection():
    result = await verified(Work(fails={"template selfie": RuntimeError("a bug")}))
    assert isinstance(result.face, Face)
    assert isinstance(result.comparison, Failed)
    assert result.verdict.confidence == pytest.approx(36 + 18)


async def test_a_picture_that_kills_the_decoder_fails_its_own_parts():
    result = await verified(Work(fails={"decode selfie": DecoderFailed("died")}))
    assert result.reading.document.confidence == 0.9
    assert (result.face.code, result.comparison.code) == ("decoder_failed", "decoder_failed")


async def test_all_parts_failed_is_an_error_of_the_service():
    died = DecoderFailed("died")
    work = Work(fails={"decode document": died, "decode selfie": died})
    with pytest.raises(ServiceError, match="none of the three"):
        await verified(work)
    assert work.entries == []


async def test_no_face_is_not_a_failure():
    result = await verified(Work(selfie=()))
    assert result.face is None
    assert (result.comparison.probe_found, result.comparison.percent) == (False, 0.0)
    assert result.verdict.reasons == ("face_not_found", "face_mismatch")


@pytest.mark.parametrize("which", ["decode document", "decode selfie"])
async def test_a_picture_that_cannot_be_taken_ends_the_call(which):
    with pytest.raises(UnsupportedFormat):
        await verified(Work(fails={which: UnsupportedFormat("no picture")}))


@pytest.mark.parametrize("scopes", [("ocr",), ("face",), ("search",)])
async def test_both_scopes_are_needed(scopes):
    work = Work()
    with pytest.raises(Forbidden):
        await verified(work, scopes)
    assert work.done == []
