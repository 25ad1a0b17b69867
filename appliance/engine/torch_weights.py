"""Weights out of a file that PyTorch saved before 2019 (the legacy form), without PyTorch.

Such a file is a row of pickles, and a pickle can call anything. This one may name four things, each of which
is a plain record here; whatever else it names ends the reading. The file's SHA-256 was checked before.

Source of the layout: torch.serialization._legacy_save, torch._utils._rebuild_tensor_v2 (PyTorch 2).
"""

import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from appliance.errors import ModelCorrupt

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_PROTOCOL: Final = 1001
_MOST_BYTES: Final = 64 * 1024 * 1024
_KINDS: Final = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True, slots=True)
class _Storage:
    """A run of numbers that comes later in the file."""

    key: str
    kind: np.dtype[Any]
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_state(data: bytes) -> dict[str, NDArray[Any]]:
    """Read a saved state dictionary.

    Args:
        data: the file.

    Returns:
        Name to array, as saved.

    Raises:
        ModelCorrupt: damaged, too large, of another form, or naming what no weights need.
    """
    if len(data) > _MOST_BYTES:
        raise _refused("it is too large")
    try:
        return _state(io.BytesIO(data))
    except ModelCorrupt:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged pickle raises nearly anything
        raise _refused(f"it is damaged ({type(error).__name__})") from None


def _state(stream: io.BytesIO) -> dict[str, NDArray[Any]]:
    if (_Reader(stream).load(), _Reader(stream).load()) != (_MAGIC, _PROTOCOL):
        raise _refused("it is not of PyTorch's legacy form")
    _Reader(stream).load()  # of the machine that saved it
    state, keys = _Reader(stream).load(), _Reader(stream).load()
    if not isinstance(state, dict) or not isinstance(keys, list):
        raise _refused("it holds no state dictionary")
    tensors = {name: tensor for name, tensor in state.items() if isinstance(tensor, _Tensor)}
    if len(tensors) != len(state) or not all(isinstance(name, str) for name in state):
        raise _refused("it holds something else than tensors")
    stores = _stores(stream, keys, {one.storage.key: one.storage for one in tensors.values()})
    return {name: _array(tensor, stores) for name, tensor in tensors.items()}


class _Reader(pickle.Unpickler):
    """Knows four names."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _KINDS:
            return _KINDS[name]
        raise _refused("it names what no weights need")

    def persistent_load(self, pid: Any) -> _Storage:
        tag, kind, key, _, count = pid[:5]
        if tag != "storage" or not isinstance(kind, np.dtype) or not 0 <= int(count) <= _MOST_BYTES:
            raise _refused("it has a storage of an unknown kind")
        return _Storage(str(key), kind, int(count))


def _rebuild(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise _refused("it has a tensor without storage")
    return _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


def _stores(stream: io.BytesIO, keys: list[Any], wanted: dict[str, _Storage]) -> dict[str, NDArray[Any]]:
    """The numbers, in the order of the keys: each preceded by its count, 8 bytes little endian."""
    found = {}
    for key in keys:
        storage = wanted[str(key)]
        count = int.from_bytes(stream.read(8), "little")
        if count != storage.count:
            raise _refused("a storage has another length than its tensors say")
        raw = stream.read(count * storage.kind.itemsize)
        found[storage.key] = np.frombuffer(raw, storage.kind, count)
    return found


def _array(tensor: _Tensor, stores: dict[str, NDArray[Any]]) -> NDArray[Any]:
    numbers = stores[tensor.storage.key]
    if (
        len(tensor.shape) != len(tensor.strides)
        or min((*tensor.shape, *tensor.strides, tensor.offset, 0)) < 0
    ):
        raise _refused("a tensor has a negative size")
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    if 0 not in tensor.shape and last >= len(numbers):
        raise _refused("a tensor reaches beyond its storage")
    size = numbers.dtype.itemsize
    steps = tuple(step * size for step in tensor.strides)
    view = np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, steps, writeable=False)
    return np.array(view)


def _refused(why: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"the weights cannot be read: {why}", remedy="Take the file from where the card says."
    )
