"""Weights in PyTorch's legacy form: read without calling anything, refused where they are something else."""

import io
import os
import pickle
import struct
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from appliance.engine import minifasnet_graph
from appliance.engine.torch_weights import read_state
from appliance.errors import ModelCorrupt

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


class Named:
    """Stands for a global of PyTorch in the pickles written here."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, *_: Any) -> None:
        raise AssertionError


class Writer(pickle._Pickler):  # the C one cannot be taught
    """Writes `Named` as a global, `Tensor` as PyTorch does."""

    def save(self, thing: Any, save_persistent_id: bool = True) -> Any:
        if isinstance(thing, Named):
            self.write(b"c" + thing.module.encode() + b"\n" + thing.name.encode() + b"\n")
            return None
        return super().save(thing, save_persistent_id)

    def persistent_id(self, thing: Any) -> Any:
        return thing.pid if isinstance(thing, Storage) else None


class Storage:
    def __init__(self, key: str, count: int, kind: str = "FloatStorage") -> None:
        self.pid = ("storage", Named("torch", kind), key, "cpu", count, None)


class Tensor:
    def __init__(
        self, storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.arguments = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> Any:
        return _call, self.arguments


def _call(*_: Any) -> None:
    raise AssertionError


def dumped(thing: Any) -> bytes:
    stream = io.BytesIO()
    writer = Writer(stream, 2)
    writer.reducer_override = _as_torch  # type: ignore[method-assign]
    writer.dump(thing)
    return stream.getvalue()


def _as_torch(thing: Any) -> Any:
    if isinstance(thing, Tensor):
        return Named("torch._utils", "_rebuild_tensor_v2"), thing.arguments
    return NotImplemented


def file_of(state: Any, stores: dict[str, np.ndarray], keys: Any = None) -> bytes:
    parts = [pickle.dumps(one, 2) for one in (MAGIC, PROTOCOL, {"little_endian": True})]
    parts += [dumped(state), pickle.dumps(list(stores) if keys is None else keys, 2)]
    parts += [struct.pack("<q", len(array)) + array.astype("<f4").tobytes() for array in stores.values()]
    return b"".join(parts)


NUMBERS = np.arange(12, dtype=np.float32)


def one(
    offset: int = 0, shape: tuple[int, ...] = (3, 4), strides: tuple[int, ...] = (4, 1), count: int = 12
) -> Any:
    return OrderedDict({"w": Tensor(Storage("7", count), offset, shape, strides)})


def test_a_tensor_comes_back_as_it_was() -> None:
    (name, array), *_ = read_state(file_of(one(), {"7": NUMBERS})).items()
    assert name == "w"
    assert np.array_equal(array, NUMBERS.reshape(3, 4))
    turned = read_state(file_of(one(shape=(4, 3), strides=(1, 4)), {"7": NUMBERS}))["w"]
    assert np.array_equal(turned, NUMBERS.reshape(3, 4).T)


@pytest.mark.parametrize(
    "state",
    [
        one(offset=1),
        one(offset=-1),
        one(shape=(3, 5)),
        one(strides=(400, 1)),
        one(strides=(-1, 1)),
        one(shape=(-3, 4)),
        one(shape=(3,)),
        one(count=13),
        one(count=2**60),
        one(count=-1),
        OrderedDict({"w": [1, 2]}),
        OrderedDict({7: Tensor(Storage("7", 12), 0, (12,), (1,))}),
        [1, 2],
        OrderedDict({"w": Tensor(Storage("7", 12, "DoubleStorage"), 0, (12,), (1,))}),
    ],
)
def test_what_does_not_fit_is_refused(state: Any) -> None:
    with pytest.raises(ModelCorrupt):
        read_state(file_of(state, {"7": NUMBERS}))


class Call:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.made = function, arguments

    def __reduce__(self) -> Any:
        return self.made


@pytest.mark.parametrize("function", [os.system, eval, print, getattr, open])
def test_nothing_is_called(function: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for place in range(5):
        parts = [pickle.dumps(one_, 2) for one_ in (MAGIC, PROTOCOL, {}, {}, [])]
        parts[place] = pickle.dumps(Call(function, "echo called"), 2)
        with pytest.raises(ModelCorrupt):
            read_state(b"".join(parts))
    assert "called" not in capsys.readouterr().out


def test_any_cut_is_refused() -> None:
    whole = file_of(one(), {"7": NUMBERS})
    for end in range(len(whole)):
        with pytest.raises(ModelCorrupt):
            read_state(whole[:end])


@pytest.mark.parametrize("data", [b"", b"PK\3\4" + bytes(100), pickle.dumps(MAGIC), b"\x80\x02" * 50])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ModelCorrupt):
        read_state(data)


def test_other_weights_make_no_network() -> None:
    with pytest.raises(ModelCorrupt, match="conv1"):
        minifasnet_graph.build(file_of(one(), {"7": NUMBERS}))
