"""Single checks of the box and its machine. Each looks at one thing and says what to do about it.

A notice leaves the box able to serve; a failure does not. No finding holds personal data.
"""

import datetime as dt
import platform
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509

from appliance import __version__
from appliance.config import Screening
from appliance.domain.gallery import Collection
from appliance.domain.screening import ListVersion
from appliance.engine.installed import verify
from appliance.engine.manifest import Manifest
from appliance.engine.runtime import ModelStatus
from appliance.errors import ModelCorrupt, ModelMissing, NotInstalled
from appliance.services.screening.screener import obstacle
from appliance.vision.decode import DecoderStats
from appliance.vision.tesseract import TesseractReader
from hardware import accelerators, cameras, system

GIGABYTE: Final = 1 << 30
_MEMORY_NEEDED: Final = GIGABYTE
"""All models resident are under 1 GB; less than that available means swapping."""
_NAMED: Final = 5
"""Collections that a finding names; of more it gives the number."""
_HOT: Final = 90.0
"""Degrees: near where small processors slow themselves down."""
_RENEWED_AT_START: Final = dt.timedelta(days=30)


class Verdict(StrEnum):
    """Of one check."""

    OK = "ok"
    ADVICE = "advice"  # serves as it is and may stay so; it could be made stronger
    NOTICE = "notice"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw.

    Attributes:
        name: of what was looked at.
        verdict: whether the box can serve with it.
        says: one sentence.
        remedy: what to do, "" where nothing has to be done.
    """

    name: str
    verdict: Verdict
    says: str
    remedy: str = ""


def versions() -> Finding:
    """Of the box and its interpreter."""
    return Finding("versions", Verdict.OK, f"kycbox {__version__}, Python {platform.python_version()}")


def machine(root: Path = Path("/")) -> Iterator[Finding]:
    """Processor, accelerators, cameras, memory, temperature."""
    cpu = accelerators.processor(root)
    quick = any(name in cpu.instructions for name in ("avx2", "dotprod"))
    yield Finding(
        "processor",
        Verdict.OK if quick else Verdict.NOTICE,
        f"{cpu.model}, {cpu.cores} cores, {', '.join(cpu.instructions) or 'no vector instructions known'}",
        "" if quick else "Inference will be several times slower than on a processor with AVX2.",
    )
    for device in accelerators.accelerators(root):
        says = f"{device.vendor or 'unknown'} {device.kind}, driver {device.driver or 'none'}, {device.node}"
        if device.present:
            yield Finding("accelerator", Verdict.OK, says)
        else:
            remedy = f"Let this process have {device.node}, or leave inference on the CPU."
            yield Finding("accelerator", Verdict.NOTICE, says + " is not reachable", remedy)
    found = [camera for camera in cameras.cameras(root) if camera.captures is not False]
    says = ", ".join(f"{camera.name} ({camera.node})" for camera in found)
    yield Finding("cameras", Verdict.OK, says or "none; pictures come over the network")
    memory = system.memory(root)
    says = f"{memory.available / GIGABYTE:.1f} of {memory.total / GIGABYTE:.1f} GB available"
    if memory.available < _MEMORY_NEEDED:
        yield Finding("memory", Verdict.NOTICE, says, "Give the box 2 GB or stop other programs.")
    else:
        yield Finding("memory", Verdict.OK, says)
    degrees = system.temperature(root)
    if degrees is not None and degrees > _HOT:
        remedy = "Check fan and air: a hot processor slows itself down."
        yield Finding("temperature", Verdict.NOTICE, f"{degrees:.0f} degrees Celsius", remedy)


def clock(seen: system.Clock) -> Finding:
    """The wall clock: expiry dates, certificates and the ledger depend on it."""
    if not seen.plausible:
        remedy = "Set the clock: `timedatectl set-time`, or let the box reach a time server."
        return Finding("clock", Verdict.FAIL, f"the clock says {seen.year}", remedy)
    if seen.synchronised is False:
        remedy = "Without a time server somebody has to look at the clock now and then."
        return Finding("clock", Verdict.ADVICE, "the clock is not synchronised by a time server", remedy)
    return Finding("clock", Verdict.OK, "plausible" + (" and synchronised" if seen.synchronised else ""))


def disk(path: Path, floor_bytes: int) -> Finding:
    """Room for the data folder."""
    room = system.disk(path)
    says = f"{room.free / GIGABYTE:.1f} of {room.total / GIGABYTE:.1f} GB free"
    remedy = "Delete what is not the box's from this disk, or move the data folder to a larger one."
    if room.free < floor_bytes:
        return Finding("disk", Verdict.FAIL, says, remedy)
    if room.free < max(4 * floor_bytes, GIGABYTE):
        return Finding("disk", Verdict.NOTICE, says, remedy)
    return Finding("disk", Verdict.OK, says)


def models(manifests: Iterable[Manifest], installed: Path) -> Iterator[Finding]:
    """Every file of every model against its SHA-256; reads them all."""
    right = []
    for manifest in manifests:
        try:
            verify(manifest, installed)
            right.append(manifest.name)
        except (ModelMissing, ModelCorrupt) as error:
            if not (manifest.optional and isinstance(error, ModelMissing)):
                yield Finding("models", Verdict.FAIL, error.message, error.remedy)
    yield Finding("models", Verdict.OK if right else Verdict.FAIL, f"right: {', '.join(right) or 'none'}")


def devices(status: Iterable[ModelStatus]) -> Iterator[Finding]:
    """Models that run elsewhere than wished for."""
    for model in status:
        if model.notice:
            yield Finding("models", Verdict.NOTICE, f"{model.name}: {model.notice}")


def decoder(stats: DecoderStats) -> Finding:
    """Whether pictures can be decoded, and how well that is confined."""
    says = f"confined by {', '.join(stats.protection) or 'nothing'}"
    if not stats.alive:
        remedy = "Start the box again; `make setup` mends the libraries."
        return Finding("decoder", Verdict.FAIL, "no process that decodes pictures is running", remedy)
    if stats.notice:
        remedy = "Run the box on x86-64 or AArch64 with a kernel that has seccomp."
        return Finding("decoder", Verdict.NOTICE, f"{stats.notice}; {says}", remedy)
    return Finding("decoder", Verdict.OK, says)


def collections(known: Iterable[Collection], damaged: Iterable[Collection], model: str) -> Iterator[Finding]:
    """Collections of faces that cannot be searched, and those of another template model than `model`."""
    if names := _named(damaged):
        remedy = "Restore a backup, or delete the collection and enrol its people again."
        says = f"a record was changed on disk; not searched: {names}"
        yield Finding("collections", Verdict.FAIL, says, remedy)
    if names := _named(one for one in known if one.model != model):
        remedy = "Enrol their people again in new collections; until then these keep their own model."
        says = f"made with another template model than {model}: {names}"
        yield Finding("collections", Verdict.NOTICE, says, remedy)


def screening(lists: Sequence[ListVersion], limits: Screening, *, wanted: bool) -> Finding:
    """Sanctions lists: whether anybody can be clear.

    Args:
        lists: that were imported.
        limits: how old they may be.
        wanted: whether software may open sessions of applicants; without, nobody misses a list.
    """
    if reason := obstacle(lists, limits):
        remedy = "Import the current lists: kycbox screening import --source ofac|un|eu|uk FILE..."
        verdict = Verdict.NOTICE if wanted else Verdict.ADVICE
        return Finding("screening", verdict, f"{reason}: every applicant's session goes to review", remedy)
    named = ", ".join(f"{one.source} ({one.age_days} days)" for one in lists)
    return Finding("screening", Verdict.OK, named)


def _named(found: Iterable[Collection]) -> str:
    names = sorted(f"{one.name} of {one.tenant}" for one in found)
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def second_reader() -> Finding:
    """Tesseract's data."""
    try:
        TesseractReader()
    except NotInstalled as error:
        says = f"{error.message}; machine-readable zones are read without a second reader"
        return Finding("tessdata", Verdict.NOTICE, says, error.remedy)
    return Finding("tessdata", Verdict.OK, "found")


def key_file(path: Path) -> Finding:
    """How the key that everything sealed depends on is kept."""
    if not path.exists():
        return Finding("box key", Verdict.OK, "none yet; the first start makes it")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        remedy = f"If nobody else had access, run: chmod 600 {path}"
        return Finding("box key", Verdict.FAIL, f"{path} may be read by other users", remedy)
    says = "a file beside the data: the weakest choice, whoever copies the disk has both"
    return Finding(
        "box key", Verdict.ADVICE, says, "Encrypt the disk, and keep the box where nobody takes it."
    )


def certificate(chain: Path, now: dt.datetime) -> Finding:
    """The certificate that the box listens with."""
    if not chain.exists():
        return Finding("certificate", Verdict.OK, "none yet; the first start makes it")
    try:
        leaf = x509.load_pem_x509_certificate(chain.read_bytes())
    except (OSError, ValueError):
        remedy = f"Remove {chain}; the next start makes a new one."
        return Finding("certificate", Verdict.FAIL, f"{chain} is no readable certificate", remedy)
    says = f"valid from {leaf.not_valid_before_utc:%Y-%m-%d} to {leaf.not_valid_after_utc:%Y-%m-%d}"
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        remedy = "Check the clock, then start the box again: it renews its certificate."
        return Finding("certificate", Verdict.FAIL, says, remedy)
    if now + _RENEWED_AT_START > leaf.not_valid_after_utc:
        remedy = "Start the box again within this time: it renews its certificate."
        return Finding("certificate", Verdict.NOTICE, says, remedy)
    return Finding("certificate", Verdict.OK, says)
