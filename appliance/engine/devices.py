"""Which device runs a network: the fastest whose answer to the fixed input is the expected one."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from appliance.engine import blobs
from appliance.engine.classes import narrowed
from appliance.engine.golden import golden_pixels
from appliance.engine.manifest import Manifest, Precision
from appliance.errors import ModelCorrupt

AUTO: Final = "AUTO"
_LATENCY_RUNS: Final = 5


@dataclass(frozen=True, slots=True)
class Compiled:
    """A network on a device.

    Attributes:
        network: OpenVINO's compiled model.
        outputs: tensor names in the manifest's order; formats give them in any.
        device: `CPU`, `GPU`, `NPU`, with a number where there are several.
        notice: why not the device wished for, or "".
    """

    network: Any
    input: str
    outputs: tuple[str, ...]
    device: str
    notice: str = ""

    def request(self) -> Any:
        """A request of its own for one thread."""
        return self.network.create_infer_request()

    def warm(self, shapes: Iterable[tuple[int, ...]], kind: type[np.generic], width: int) -> None:
        """Let each stream prepare itself for these shapes: so many at once that all of them are busy."""
        requests = [self.request() for _ in range(width)]
        for shape in shapes:
            # Lent, not copied: OpenVINO 2026.4 has crashed in copying into a request whose shape changes.
            nothing = np.zeros(shape, kind)
            for request in requests:
                request.start_async({self.input: nothing}, share_inputs=True)
            for request in requests:
                request.wait()

    def infer(self, request: Any, tensor: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """Run; the arrays are copies, because the request writes over its own."""
        request.infer({self.input: np.ascontiguousarray(tensor)}, share_inputs=True, share_outputs=True)
        return tuple(np.array(request.get_tensor(name).data) for name in self.outputs)


def open_core() -> ov.Core:
    """OpenVINO, with the devices of this machine."""
    return ov.Core()


def streams(wished: int) -> int:
    """Parallel inferences: as set, else the number of usable cores, at most 4."""
    return wished or min(len(os.sched_getaffinity(0)), 4)


def choose(core: ov.Core, manifest: Manifest, path: Path, wished: str, width: int) -> Compiled:
    """Compile on the device wished for, or on the fastest of all; the golden vector decides.

    Args:
        core: OpenVINO.
        manifest: of the network.
        path: the verified file.
        wished: `CPU`, `GPU`, `NPU` or `AUTO`.
        width: parallel inferences.

    Raises:
        ModelCorrupt: no device computes the golden vector.
    """
    notes: list[str] = []
    found: list[tuple[float, Compiled]] = []
    available = list(core.available_devices)
    for group in _order(available, wished, notes):
        for device in group:
            for precision in _precisions(core, manifest, device):
                try:
                    compiled = compile_on(core, manifest, path, device, width=width, precision=precision)
                    error = golden_error(manifest, compiled)
                except RuntimeError as failure:  # every failure of a driver or plugin arrives as this type
                    notes.append(f"{device} cannot run it: {str(failure).splitlines()[0]}")
                    continue
                allowed = manifest.golden.tolerance[precision]
                if error <= allowed:
                    found.append((_latency(manifest, compiled) if len(group) > 1 else 0.0, compiled))
                    break
                off = f"golden vector off by {error:.1e}, allowed {allowed:.0e}"
                notes.append(f"{device} is not used in {precision}: {off}")
        if found:
            best = min(found, key=lambda pair: pair[0])[1]
            return Compiled(best.network, best.input, best.outputs, best.device, "; ".join(notes))
    reason = f"model {manifest.name} computes its golden vector on no device: {'; '.join(notes)}"
    raise ModelCorrupt(
        reason, remedy="Run `kycbox model install`; if it stays, report processor and release."
    )


def compile_on(  # noqa: PLR0913 - what one compilation depends on
    core: ov.Core, manifest: Manifest, path: Path, device: str, *, width: int, precision: Precision
) -> Compiled:
    """Compile for one device, from a cached blob where there is one.

    Raises:
        RuntimeError: OpenVINO's own, when the device cannot take the network.
    """
    # One thread per inference and as many streams as callers: two threads on one inference are slower than
    # one, two streams give 1.6 times the work of one. Pinning would put streams of two networks on one core.
    options: dict[str, Any] = {"INFERENCE_PRECISION_HINT": precision}
    cache = blobs.usable(path.parent, precision)
    if cache is not None:
        options["CACHE_DIR"] = str(cache)
    if device.startswith("CPU"):
        at_once = min(manifest.streams or width, width)
        options |= {"NUM_STREAMS": at_once, "INFERENCE_NUM_THREADS": width, "ENABLE_CPU_PINNING": False}
    model = str(path) if manifest.classes is None else narrowed(core, manifest, path)
    network = core.compile_model(model, device, options)
    if cache is not None:
        blobs.record(cache)
    names = tuple(output.name for output in manifest.outputs)
    return Compiled(network, manifest.inputs[0].name, names, device)


def golden_input(manifest: Manifest) -> NDArray[Any]:
    """The fixed picture as the network's input tensor."""
    return manifest.normalise(golden_pixels(manifest.golden.height, manifest.golden.width))


def golden_error(manifest: Manifest, compiled: Compiled) -> float:
    """Largest difference from the expected outputs, as a share of each one's largest magnitude.

    Raises:
        ModelCorrupt: the file of expected outputs is missing or not one.
    """
    answer = compiled.infer(compiled.request(), golden_input(manifest))
    worst = 0.0
    try:
        with np.load(manifest.golden_path, allow_pickle=False) as expected:
            for number, output in enumerate(answer):
                values = expected[f"value_{number}"]
                given = output.ravel()[expected[f"index_{number}"]]
                difference = float(np.abs(given.astype(np.float64) - values).max())
                worst = max(worst, difference / float(np.abs(values).max()))
                if not np.isfinite(output).all():
                    return float("inf")
    except (OSError, ValueError, KeyError, IndexError):
        reason = f"{manifest.golden_path} does not hold the golden vector of model {manifest.name}"
        raise ModelCorrupt(reason, remedy="Check out the repository's models folder again.") from None
    return worst


def _order(available: list[str], wished: str, notes: list[str]) -> list[list[str]]:
    """Groups of devices to try; within a group the fastest wins."""
    if wished == AUTO:
        return [available]
    first = [device for device in available if device.split(".", 1)[0] == wished.split(".", 1)[0]]
    if not first:
        notes.append(f"{wished} is not in this machine")
    return [first, [device for device in available if device not in first]]


def _precisions(core: ov.Core, manifest: Manifest, device: str) -> list[Precision]:
    """What to try on a device, fastest first."""
    named = manifest.golden.tolerance
    if not device.startswith("CPU"):
        return ["f16" if "f16" in named else "f32"]
    # Left to itself a processor with bf16 units uses them for everything: templates must not depend on the
    # processor, so only networks that name bf16 get it. Text recognition is five times as fast by it.
    able = "BF16" in core.get_property(device, "OPTIMIZATION_CAPABILITIES")
    return ["bf16", "f32"] if able and "bf16" in named else ["f32"]


def _latency(manifest: Manifest, compiled: Compiled) -> float:
    request, tensor = compiled.request(), golden_input(manifest)
    times = []
    for _ in range(_LATENCY_RUNS):
        began = time.perf_counter()
        compiled.infer(request, tensor)
        times.append(time.perf_counter() - began)
    return min(times)
