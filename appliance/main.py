"""The composition root: settings to store, engine, services, dialects and screens, to a server. Knows all."""

import argparse
import asyncio
import datetime as dt
import logging
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from appliance import screens, tls
from appliance.api.admin import app as admin_routes
from appliance.api.admin import openapi
from appliance.api.apptenticate import app as apptenticate
from appliance.api.box import app as box_routes
from appliance.api.box.pages import Described
from appliance.api.deepidv import app as deepidv
from appliance.api.idlive import app as idlive
from appliance.api.onboarder import app as onboarder
from appliance.api.recspace import app as recspace
from appliance.asgi import Box
from appliance.config import PROJECT, Settings
from appliance.control import ControlServer
from appliance.domain.face_policy import FacePolicy
from appliance.domain.score import ScoreMaps
from appliance.engine import devices, packs
from appliance.engine.pool import InferencePool
from appliance.engine.runtime import Runtime
from appliance.errors import NotInstalled
from appliance.jobs.ticks import ticking
from appliance.schedule import ticks
from appliance.server import Server, bind, url_of
from appliance.services import doctor, risk_policy
from appliance.services.active_liveness import ActiveLiveness
from appliance.services.audit import Audit
from appliance.services.checks import Verdict
from appliance.services.context import Services
from appliance.services.deliver import Deliverer
from appliance.services.evidence_packet import DecisionEvidence, marks_of
from appliance.services.gauges import gauges, webhook_gauges
from appliance.services.idempotent import Idempotency
from appliance.services.limits import RateLimits
from appliance.services.logins import Logins
from appliance.services.metrics import Metrics
from appliance.services.onboarding.rescreening import rescreener
from appliance.services.overview import Light, Problem, Round, Watch
from appliance.services.screening.screener import Screener
from appliance.services.webhook_post import Poster
from appliance.services.webhooks import Webhooks
from appliance.store.applicant_tokens import ApplicantTokens
from appliance.store.capture_memory import CaptureMemory
from appliance.store.evidence_packets import EvidencePackets
from appliance.store.idempotency import IdempotentAnswers
from appliance.store.kyc_sessions import KycSessions
from appliance.store.onboarding import OnboardingSessions
from appliance.store.reading_batches import ReadingBatches
from appliance.store.store import Store
from appliance.store.vault_approvals import Approvals
from appliance.store.vcip_sessions import VcipSessions
from appliance.vision.attacks.registry import AttackChecks
from appliance.vision.decode import Decoder
from appliance.vision.documents.mrz_reader import MrzReader
from appliance.vision.documents.reader import DocumentReader
from appliance.vision.documents.scripts import ScriptReader
from appliance.vision.documents.segment import OutlineNet
from appliance.vision.documents.text import TextReader
from appliance.vision.faces.reader import FaceReader
from appliance.vision.tesseract import TesseractReader
from hardware import core_files, memory
from ui.sessions import Sessions

LOG = logging.getLogger("kycbox")
MACHINE = ("processor", "accelerator", "cameras", "memory", "temperature")
LIGHTS = {Verdict.ADVICE: Light.GREEN, Verdict.NOTICE: Light.AMBER, Verdict.FAIL: Light.RED}
Lifespan = Callable[[], AbstractAsyncContextManager[None]]


def serve(settings: Settings, _given: argparse.Namespace) -> int:
    """Run the box until it is told to stop; the exit status.

    Raises:
        KycboxError: why it does not start, with what to do.
    """
    core_files.forbid()
    host, port = settings.server.host, settings.server.port
    with bind(host, port) as listener:
        store = Store.open(settings.data_folder, floor_bytes=settings.limits.disk_floor_bytes)
        control = ControlServer(store)  # commands need not wait for the models
        try:
            if store.first_password:  # before anything else can fail: nobody can read it again
                _say(f"first technician password, shown only now: {store.first_password}")
            certificate = None if tls.is_loopback(host) else _certificate(settings)
            if certificate:
                _say(f"authority of this box, SHA-256: {certificate.fingerprint}")
            box = assemble(settings, store, listener, certificate)
            Server(box, listener, certificate).serve_until_stopped()
        finally:
            control.close()
            store.close()
    if box.failure is not None:
        raise box.failure
    return 0


def assemble(
    settings: Settings, store: Store, listener: socket.socket, certificate: tls.Certificate | None
) -> Box:
    """Load the models and put everything together; nothing runs yet.

    Args:
        settings: of the box.
        store: opened.
        listener: bound; names the box's address.
        certificate: None where plain HTTP is served.
    """
    services = _services(settings, store)
    address = url_of(listener, secure=certificate is not None)
    dialects = [
        recspace.build(services),
        idlive.build(services),
        deepidv.build(services),
        apptenticate.build(services),
        onboarder.build(services),
    ]
    described = [
        Described(recspace.DIALECT, recspace.TITLE, "/d/recspace/openapi.json"),
        Described("deepidv", "Verify Identity", "/d/deepidv/openapi.json"),
        Described(idlive.DIALECT, idlive.TITLE, "/d/idlive/v3/api-docs"),
        Described("apptenticate", apptenticate.TITLE, "/d/apptenticate/openapi.json"),
        Described(onboarder.DIALECT, onboarder.TITLE, "/d/onboarder/openapi.json"),
        Described("console", openapi.TITLE, f"{openapi.ROOT}/openapi.json"),
    ]
    routes = box_routes.build(services, described)
    watch = Watch(services, _check(services), address)
    sessions = Sessions(time.monotonic)
    store.technicians.locked_out.append(lambda technician: sessions.end_others(technician, None))
    apis = [mount.dialect for mount in dialects]
    shell = screens.build(store, services, watch, apis, sessions, secure=certificate is not None)
    console = admin_routes.build(services, sessions.technician)
    return Box(
        mounts=dialects,
        box=routes.app,
        ui=shell,
        admin=console.app,
        lifespans=[
            _running(services, store),
            *(mount.lifespan for mount in dialects),
            routes.lifespan,
            console.lifespan,
            _living(shell),
        ],
        credentials=store.credentials,
        audit=services.audit,
        metrics=services.metrics,
        body_bytes=settings.limits.body_bytes,
        names=tls.local_names(settings.server.host) if certificate else (),
    )


def _services(settings: Settings, store: Store) -> Services:
    policy = risk_policy.load(settings)
    packets = EvidencePackets(store.keys, store.checkpoints, settings.risk.auditor_key)
    manifests = packs.all_manifests(PROJECT / "models", settings.models_folder)
    runtime = Runtime(manifests, settings.models_folder, settings.engine)
    names = packs.to_load(manifests, settings.models_folder, store.collections.models_in_use())
    runtime.load(names)
    older = [name for name in names if manifests[name].job == packs.TEMPLATE_JOB]
    faces = FaceReader(runtime, packs.template_model(manifests, settings.models_folder), older)
    width = devices.streams(settings.engine.streams)
    text = TextReader(runtime, width)
    metrics = Metrics()
    decoder = Decoder(settings.limits, workers=width)
    attacks = AttackChecks(runtime, PROJECT / "models")
    services = Services(
        settings=settings,
        database=store.database,
        credentials=store.credentials,
        account_tokens=store.account_tokens,
        logins=Logins(store.credentials, time.monotonic),
        uploads=store.uploads,
        collections=store.collections,
        templates=store.templates,
        decoder=decoder,
        runtime=runtime,
        pool=InferencePool(width, settings.engine.queue),
        faces=faces,
        documents=DocumentReader(
            faces,
            text,
            MrzReader(text, _second_reader()),
            store.issuer_keys.all,
            scripts=ScriptReader(),
            outlines=OutlineNet(runtime),
        ),
        attacks=attacks,
        face_policy=FacePolicy(eyes_closed=settings.api.idlive.eyes_closed),
        scores=ScoreMaps.from_calibration(faces.calibration),
        audit=Audit(store.database, metrics),
        limits=RateLimits(time.monotonic),
        metrics=metrics,
        captures=store.captures,
        memory=CaptureMemory(store.keys.memory, time.time, settings.captures.memory_days * 86_400),
        vault=store.vault,
        vault_upkeep=store.vault_upkeep,
        approvals=Approvals(store.keys.vault_index, store.vault),
        today=lambda: dt.datetime.now(dt.UTC).date(),
        webhooks=Webhooks(store.webhooks),
        idempotency=Idempotency(store.database, IdempotentAnswers(store.keys.idempotency)),
        checkpoints=store.checkpoints,
        kyc_sessions=KycSessions(store.keys.kyc_sessions),
        vcip_sessions=VcipSessions(store.keys.vcip),
        batches=ReadingBatches(store.keys.batches),
        onboarding=OnboardingSessions(store.keys),
        applicants=ApplicantTokens(store.keys.onboarding),
        risk_policy=policy,
        evidence=DecisionEvidence(packets, store.box_id, policy, marks_of(runtime, PROJECT / "models")),
        active_liveness=ActiveLiveness(decoder, faces, attacks),
        screening=Screener(store.screening, settings.screening),
    )
    metrics.read_from(gauges(services))
    text.warm()
    memory.give_back()
    return services


def _second_reader() -> TesseractReader | None:
    """Tesseract votes on damaged machine-readable zones; without its data they are read without the vote."""
    try:
        return TesseractReader()
    except NotInstalled as error:
        LOG.warning(
            "%s; machine-readable zones are read without a second reader. %s", error.message, error.remedy
        )
        return None


def _living(shell: FastAPI) -> Lifespan:
    @asynccontextmanager
    async def living() -> AsyncIterator[None]:
        async with shell.router.lifespan_context(shell):
            yield

    return living


def _running(services: Services, store: Store) -> Lifespan:
    """What runs from start to stop, in order; stopped in the reverse order."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        poster = Poster()
        deliverer = Deliverer(store.database, store.webhooks, poster)
        services.metrics.read_from(webhook_gauges(store.database, deliverer))
        again = rescreener(services, store.screened)
        services.screening.start()
        try:
            await services.decoder.start()
            async with services.audit.running(), ticking(ticks(services, deliverer, again)):
                yield
        finally:
            poster.close()
            await asyncio.to_thread(services.screening.close)
            await services.pool.close()
            await services.decoder.close()

    return running


def _check(services: Services) -> Callable[[], Round]:
    """What `kycbox doctor` would find now, as far as a running box can look at itself."""

    def check() -> Round:
        found = doctor.while_serving(services, dt.datetime.now(dt.UTC))
        problems = [
            Problem(one.name, one.says, one.remedy, LIGHTS[one.verdict])
            for one in found
            if one.verdict != Verdict.OK
        ]
        return Round(problems, [(one.name, one.says) for one in found if one.name in MACHINE])

    return check


def _certificate(settings: Settings) -> tls.Certificate:
    names = tls.local_names(settings.server.host)
    return tls.ensure(settings.data_folder / "tls", names, dt.datetime.now(dt.UTC))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
