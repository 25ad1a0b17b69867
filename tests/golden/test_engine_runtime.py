"""The runtime on the installed models: what it checks, what it answers, which device it takes."""

import os
import shutil
import threading
import time

import msgspec
import numpy as np
import pytest

from appliance.config import PROJECT, Engine
from appliance.engine import blobs, devices
from appliance.engine.installed import network_file, verify
from appliance.engine.manifest import load_manifests
from appliance.engine.runtime import Runtime
from appliance.errors import ModelCorrupt, ModelMissing, NotInstalled

MANIFESTS = {name: one for name, one in load_manifests(PROJECT / "models").items() if not one.optional}
SMALL = "face-mesh"


@pytest.fixture(scope="module")
def runtime(installed_models):
    made = Runtime(MANIFESTS, installed_models, Engine(device="AUTO", streams=2))
    made.load()
    return made


@pytest.fixture
def copied(installed_models, tmp_path):
    """A models folder of its own with one small model."""
    shutil.copytree(installed_models / SMALL, tmp_path / SMALL, ignore=shutil.ignore_patterns(blobs.FOLDER))
    return tmp_path


def only(installed, core=None, device="CPU"):
    return Runtime({SMALL: MANIFESTS[SMALL]}, installed, Engine(device=device), core)


@pytest.mark.parametrize("name", sorted(MANIFESTS))
def test_each_network_answers_in_the_order_and_shape_of_its_manifest(runtime, name):
    manifest = runtime.manifest(name)
    answer = runtime.infer(name, devices.golden_input(manifest))
    assert len(answer) == len(manifest.outputs)
    for given, output in zip(answer, manifest.outputs, strict=True):
        assert given.dtype == np.float32
        assert given.ndim == len(output.shape)
        assert all(want in (-1, have) for want, have in zip(output.shape, given.shape, strict=True))


def test_answers_belong_to_the_caller(runtime):
    manifest = runtime.manifest(SMALL)
    first = runtime.infer(SMALL, devices.golden_input(manifest))[0]
    kept = first.copy()
    runtime.infer(SMALL, np.zeros((1, 192, 192, 3), np.float32))
    assert np.array_equal(first, kept)
    assert not np.array_equal(first, runtime.infer(SMALL, np.zeros((1, 192, 192, 3), np.float32))[0])


def test_threads_do_not_disturb_each_other(runtime):
    inputs = [np.full((1, 192, 192, 3), shade / 8, np.float32) for shade in range(8)]
    alone = [runtime.infer(SMALL, tensor)[0] for tensor in inputs]
    wrong = []

    def work(start: int) -> None:
        for turn in range(24):
            number = (start + turn) % len(inputs)
            if not np.array_equal(runtime.infer(SMALL, inputs[number])[0], alone[number]):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_status_counts_and_times(runtime):
    before = {status.name: status for status in runtime.status()}
    assert sorted(before) == sorted(MANIFESTS)
    for _ in range(3):
        runtime.infer(SMALL, np.zeros((1, 192, 192, 3), np.float32))
    after = {status.name: status for status in runtime.status()}[SMALL]
    assert after.calls == before[SMALL].calls + 3
    assert 0 < after.p50_ms <= after.p95_ms
    assert after.device.startswith(("CPU", "GPU", "NPU"))


def test_other_arrays_than_the_network_takes_are_refused(runtime):
    for wrong in (
        np.zeros((1, 192, 192, 3), np.float64),
        np.zeros((1, 191, 192, 3), np.float32),
        np.zeros((192, 192, 3), np.float32),
        np.zeros((0, 192, 192, 3), np.float32),
    ):
        with pytest.raises(ValueError, match=SMALL):
            runtime.infer(SMALL, wrong)


def test_warming_makes_new_shapes_no_calls_of_anybody(runtime):
    before = {status.name: status.calls for status in runtime.status()}
    runtime.warm({"text-recognition": [(1, 3, 48, 320), (6, 3, 48, 160)]})
    assert {status.name: status.calls for status in runtime.status()} == before


def test_a_network_of_large_memory_keeps_to_its_streams(runtime):
    def streams(name):
        return runtime._loaded[name].compiled.network.get_property("NUM_STREAMS")

    assert streams("text-detection") == MANIFESTS["text-detection"].streams == 1
    assert streams(SMALL) == 2


def test_a_model_that_is_not_there(runtime, tmp_path):
    with pytest.raises(NotInstalled):
        runtime.infer("no-such-model", np.zeros((1, 1, 1, 3), np.float32))
    with pytest.raises(ModelMissing):
        runtime.load(["no-such-model"])
    with pytest.raises(ModelMissing) as raised:
        only(tmp_path).load()
    assert "kycbox model install" in raised.value.remedy
    assert SMALL in raised.value.message


def test_a_changed_byte_is_corrupt(copied):
    path = copied / SMALL / network_file(MANIFESTS[SMALL])
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelCorrupt) as raised:
        only(copied).load()
    assert "kycbox model install" in raised.value.remedy
    path.unlink()
    with pytest.raises(ModelCorrupt):
        only(copied).load()


def test_a_changed_converted_file_is_corrupt(installed_models, tmp_path):
    name = "face-template-dlib"
    shutil.copytree(installed_models / name, tmp_path / name, ignore=shutil.ignore_patterns(blobs.FOLDER))
    path = tmp_path / name / "model.bin"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelCorrupt, match=r"model\.bin"):
        verify(MANIFESTS[name], tmp_path)


def test_another_manifest_than_the_installed_one_is_missing(copied):
    newer = msgspec.structs.replace(MANIFESTS[SMALL], version="next")
    with pytest.raises(ModelMissing):
        verify(newer, copied)


def test_a_changed_blob_is_compiled_again(copied):
    only(copied).load()
    (blob,) = (copied / SMALL / blobs.FOLDER / "f32").glob("*.blob")
    data = bytearray(blob.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
    blob.chmod(0o600)  # OpenVINO makes it read-only
    blob.write_bytes(data)
    assert blobs.usable(copied / SMALL, "f32") is not None
    assert not blob.exists()
    blob.write_bytes(data)
    again = only(copied)
    again.load()
    assert again.status()[0].notice == ""
    (blob,) = (copied / SMALL / blobs.FOLDER / "f32").glob("*.blob")
    assert blob.read_bytes() != bytes(data)


class TwoDevices:
    """A stand-in for a machine with a second device: the processor, by name `GPU`, maybe wrong or slow."""

    available_devices = ("CPU", "GPU")

    def __init__(self, gpu):
        self.core = devices.open_core()
        self.gpu = gpu

    def get_property(self, _device, name):
        return self.core.get_property("CPU", name)

    def compile_model(self, path, device, options):
        network = self.core.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        return self.gpu(network) if device == "GPU" else Delayed(network, 0.01)


class Delayed:
    def __init__(self, network, seconds, scale=1.0):
        self.network, self.seconds, self.scale = network, seconds, scale

    def create_infer_request(self):
        outer, request = self, self.network.create_infer_request()

        class Request:
            def infer(self, *given, **options):
                time.sleep(outer.seconds)
                return request.infer(*given, **options)

            def get_tensor(self, name):
                tensor = request.get_tensor(name)
                tensor.data[:] *= outer.scale
                return tensor

        return Request()


def test_blobs_of_former_settings_do_not_pile_up(tmp_path):
    folder = blobs.usable(tmp_path, "f32")
    for number in range(9):
        blob = folder / f"{number}.blob"
        blob.write_bytes(bytes([number]))
        os.utime(blob, (number, number))
        blobs.record(folder)
    assert sorted(path.name for path in folder.glob("*.blob")) == ["5.blob", "6.blob", "7.blob", "8.blob"]
    assert blobs.usable(tmp_path, "f32") == folder
    assert len(list(folder.glob("*.blob"))) == 4


def test_auto_takes_the_fastest(installed_models):
    runtime = only(installed_models, TwoDevices(lambda network: Delayed(network, 0.0)), "AUTO")
    runtime.load()
    assert runtime.status()[0].device == "GPU"
    slow = only(installed_models, TwoDevices(lambda network: Delayed(network, 0.1)), "AUTO")
    slow.load()
    assert slow.status()[0].device == "CPU"


@pytest.mark.parametrize("wished", ["AUTO", "GPU"])
def test_a_device_that_computes_something_else_is_not_used(installed_models, wished):
    runtime = only(installed_models, TwoDevices(lambda network: Delayed(network, 0.0, 1.5)), wished)
    runtime.load()
    (status,) = runtime.status()
    assert status.device == "CPU"
    assert "GPU is not used in f16: golden vector" in status.notice


def test_a_device_that_fails_is_not_used(installed_models):
    def broken(network):
        raise RuntimeError("driver\nlong trace")

    runtime = only(installed_models, TwoDevices(broken), "AUTO")
    runtime.load()
    (status,) = runtime.status()
    assert (status.device, status.notice) == ("CPU", "GPU cannot run it: driver")


def test_a_device_that_is_not_there_gives_a_notice(installed_models):
    runtime = only(installed_models, None, "NPU")
    runtime.load()
    (status,) = runtime.status()
    assert status.device == "CPU"
    assert status.notice == "NPU is not in this machine"


def test_no_device_right_is_corrupt(installed_models):
    class Wrong(TwoDevices):
        available_devices = ("GPU",)

    with pytest.raises(ModelCorrupt) as raised:
        only(installed_models, Wrong(lambda network: Delayed(network, 0.0, 1.5)), "AUTO").load()
    assert raised.value.remedy


def test_no_precision_is_given_the_blob_of_another(installed_models, tmp_path):
    """OpenVINO would take it, and answer not-a-number."""
    name = "text-recognition"
    shutil.copytree(installed_models / name, tmp_path / name, ignore=shutil.ignore_patterns(blobs.FOLDER))
    manifest, core = MANIFESTS[name], devices.open_core()
    path = tmp_path / name / manifest.files[0].name
    allowed = {"f32": manifest.golden.tolerance["f32"]}
    if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        allowed["bf16"] = manifest.golden.tolerance["bf16"]
    for precision in (*allowed, *reversed(allowed)):
        compiled = devices.compile_on(core, manifest, path, "CPU", width=1, precision=precision)
        assert devices.golden_error(manifest, compiled) <= allowed[precision]


def test_templates_do_not_depend_on_the_processor():
    keepers = [m for m in MANIFESTS.values() if m.job.startswith("face")]
    assert keepers
    assert not [m.name for m in keepers if "bf16" in m.golden.tolerance]
