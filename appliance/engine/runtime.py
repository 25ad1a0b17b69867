"""The one place where networks run: verified at load, checked on the device, called from any thread."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import openvino as ov
from numpy.typing import NDArray

from appliance.config import Engine
from appliance.engine import devices
from appliance.engine.classes import characters
from appliance.engine.devices import Compiled
from appliance.engine.installed import REMEDY, is_installed, verify
from appliance.engine.manifest import Manifest
from appliance.errors import ModelMissing, NotInstalled

_RING: Final = 512
"""Durations kept per model for the percentiles."""


class ModelStatus(msgspec.Struct, frozen=True):
    """One loaded model, for screens and metrics."""

    name: str
    version: str
    job: str
    device: str
    calls: int
    p50_ms: float | None
    p95_ms: float | None
    """Over the last 512 calls; None before the first."""
    notice: str
    """Why another device than the one wished for is used, or ""."""


@dataclass(slots=True)
class _Loaded:
    manifest: Manifest
    compiled: Compiled
    calls: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_RING))


class Runtime:
    """Compiled networks by name. Thread-safe after `load`; each thread has requests of its own."""

    def __init__(
        self,
        manifests: Mapping[str, Manifest],
        installed: Path,
        settings: Engine,
        core: ov.Core | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            manifests: by name.
            installed: the models folder.
            settings: device and streams.
            core: a device layer to use instead of OpenVINO's own.
        """
        self._manifests = dict(manifests)
        self._installed = installed
        self._settings = settings
        self._core = core or devices.open_core()
        self._loaded: dict[str, _Loaded] = {}
        self._requests = threading.local()
        self._lock = threading.Lock()

    def load(self, names: Iterable[str] | None = None) -> None:
        """Verify, compile and check models. Blocks: a second or two the first time, less from cached blobs.

        Args:
            names: which; None takes every model that is not optional, and the optional ones installed.

        Raises:
            ModelMissing: not installed. ModelCorrupt: a file's SHA-256 differs, or no device computes the
            golden vector.
        """
        for name in names if names is not None else self._wanted():
            if name in self._loaded:
                continue
            manifest = self._named(name)
            path = verify(manifest, self._installed)
            streams = devices.streams(self._settings.streams)
            compiled = devices.choose(self._core, manifest, path, self._settings.device, streams)
            self._loaded[name] = _Loaded(manifest, compiled)

    def infer(self, model: str, tensor: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """Run one network on the calling thread's own request. Blocks.

        Args:
            model: its name.
            tensor: the network's input, as `Manifest.normalise` makes it, or several along the first axis
                where the network takes that.

        Returns:
            The outputs in the manifest's order; the arrays belong to the caller.

        Raises:
            NotInstalled: no such model is loaded. ValueError: not an array the network takes.
        """
        loaded = self._loaded.get(model)
        if loaded is None:
            raise NotInstalled(f"model {model} is not loaded", remedy=REMEDY)
        _check(loaded.manifest, tensor)
        began = time.perf_counter()
        answer = loaded.compiled.infer(self._request(model, loaded), tensor)
        took = time.perf_counter() - began
        with self._lock:
            loaded.calls += 1
            loaded.seconds.append(took)
        return answer

    def warm(self, shapes: Mapping[str, Iterable[tuple[int, ...]]]) -> None:
        """Run zeros of these input shapes once, so that no caller pays for the first of a shape.

        Args:
            shapes: per model the shapes of the whole input tensor.
        """
        for model, wanted in shapes.items():
            kind = np.uint8 if self.manifest(model).inputs[0].dtype == "u8" else np.float32
            width = devices.streams(self._settings.streams)
            self._loaded[model].compiled.warm(wanted, kind, width)

    def manifest(self, model: str) -> Manifest:
        """The manifest of a loaded model.

        Raises:
            NotInstalled: no such model is loaded.
        """
        loaded = self._loaded.get(model)
        if loaded is None:
            raise NotInstalled(f"model {model} is not loaded", remedy=REMEDY)
        return loaded.manifest

    def characters(self, model: str) -> tuple[str, ...]:
        """What each class of a text recogniser stands for; the blank is "".

        Raises:
            NotInstalled: no such model is loaded. ValueError: its manifest lists no classes.
        """
        manifest = self.manifest(model)
        if manifest.classes is None:
            raise ValueError(f"{model} tells no characters apart")
        return characters(self._installed / manifest.name, manifest.classes)

    def status(self) -> list[ModelStatus]:
        """Every loaded model, by name."""
        with self._lock:
            seen = {name: (held.calls, list(held.seconds)) for name, held in self._loaded.items()}
        return [self._status(name, *seen[name]) for name in sorted(seen)]

    def _status(self, name: str, calls: int, seconds: list[float]) -> ModelStatus:
        loaded = self._loaded[name]
        p50, p95 = np.percentile(seconds, (50, 95)) * 1000 if seconds else (None, None)
        return ModelStatus(
            name=name,
            version=loaded.manifest.version,
            job=loaded.manifest.job,
            device=loaded.compiled.device,
            calls=calls,
            p50_ms=None if p50 is None else float(p50),
            p95_ms=None if p95 is None else float(p95),
            notice=loaded.compiled.notice,
        )

    def _wanted(self) -> list[str]:
        return [
            name
            for name, manifest in self._manifests.items()
            if not manifest.optional or is_installed(manifest, self._installed)
        ]

    def _named(self, name: str) -> Manifest:
        if name not in self._manifests:
            raise ModelMissing(
                f"there is no model {name!r}", remedy="`kycbox model list` names those there are."
            )
        return self._manifests[name]

    def _request(self, model: str, loaded: _Loaded) -> Any:
        held: dict[str, Any] = self._requests.__dict__
        if model not in held:
            held[model] = loaded.compiled.request()
        return held[model]


def _check(manifest: Manifest, tensor: NDArray[Any]) -> None:
    wanted = manifest.inputs[0]
    kind = np.uint8 if wanted.dtype == "u8" else np.float32
    fits = tensor.ndim == 4 and all(
        want in (-1, have) and have > 0 for want, have in zip(wanted.shape, tensor.shape, strict=True)
    )
    if not fits or tensor.dtype != kind:
        raise ValueError(
            f"{manifest.name} takes {wanted.dtype} {wanted.shape}, got {tensor.dtype} {tensor.shape}"
        )
