"""Trains the network of document outlines on composites; writes its weights as .npz for export.py.

    python -m venv /tmp/outline && /tmp/outline/bin/pip install torch numpy opencv-python-headless
    .venv/bin/python models/document-outline/flats.py /tmp/flats --portraits DIR --templates DIR
    /tmp/outline/bin/python models/document-outline/train.py /tmp/flats /tmp/photographs /tmp/weights.npz

Every composite is made of the seed and its number alone, so a run differs from another one only by the order
in which processors add. A run that stopped early goes on from its checkpoint beside the weights.
"""

import argparse
import copy
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from composites import MAPS, SIDE, Sources, composite
from network import Network
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

SEED = 20
BATCH = 24
POOL = 1600
"""Composites kept to draw batches from."""
FRESH = 3
"""Composites made new in each step: each is shown about eight times, turned and coloured differently."""
RATE = 2e-3
DECAY = 1e-4
KEEP = 0.996
"""Of the running mean of the weights, per step."""


class Composites(Dataset):
    def __init__(self, sources: Sources, count: int) -> None:
        self._sources = sources
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        cv2.setNumThreads(1)
        made = composite((SEED, number), self._sources)
        return made.picture, made.maps


def read_all(folder: Path) -> list[np.ndarray]:
    images = (cv2.imread(str(path)) for path in sorted(folder.iterdir()))
    return [np.ascontiguousarray(image[:, :, ::-1]) for image in images if image is not None]


def augmented(pictures: Tensor, maps: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """N x 3 x H x W in 0..255 and N x 2 maps: mirrored, turned, coloured, in -1..1."""
    if torch.rand(1, generator=generator) < 0.5:
        pictures, maps = pictures.flip(3), maps.flip(3)
    if torch.rand(1, generator=generator) < 0.5:
        pictures, maps = pictures.flip(2), maps.flip(2)
    if torch.rand(1, generator=generator) < 0.5:
        pictures, maps = pictures.transpose(2, 3), maps.transpose(2, 3)
    count = len(pictures)
    gain = 1 + 0.25 * (torch.rand(count, 3, 1, 1, generator=generator) - 0.5)
    lift = 30 * (torch.rand(count, 3, 1, 1, generator=generator) - 0.5)
    order = (
        torch.randperm(3, generator=generator) if torch.rand(1, generator=generator) < 0.3 else slice(None)
    )
    coloured = (pictures[:, order] * gain + lift).clamp(0, 255)
    return coloured / 127.5 - 1, maps


def loss_of(logits: Tensor, maps: Tensor) -> Tensor:
    """Cross entropy and Dice of the document, cross entropy of the band, which is rare, weighted up."""
    plain = nn.functional.binary_cross_entropy_with_logits
    document = plain(logits[:, 0], maps[:, 0])
    band = plain(logits[:, 1], maps[:, 1], pos_weight=torch.tensor(3.0))
    seen = torch.sigmoid(logits[:, 0])
    shared = (seen * maps[:, 0]).sum((1, 2))
    dice = 1 - (2 * shared + 20) / ((seen + maps[:, 0]).sum((1, 2)) + 20)
    return document + 0.5 * dice.mean() + 0.4 * band


class Pool:
    """The composites that batches are drawn from: a ring that new ones are written into."""

    def __init__(self, scenes: Composites, first: int, workers: int) -> None:
        order = range(first, len(scenes))
        loader = DataLoader(scenes, FRESH, sampler=order, num_workers=workers, prefetch_factor=8)
        self._fresh = iter(loader)
        self._filled = 0
        self.pictures = torch.zeros(POOL, 3, SIDE, SIDE, dtype=torch.uint8)
        self.maps = torch.zeros(POOL, 2, MAPS, MAPS, dtype=torch.uint8)

    def __len__(self) -> int:
        return min(self._filled, POOL)

    def take(self) -> None:
        pictures, maps = next(self._fresh)
        at = (torch.arange(len(pictures)) + self._filled) % POOL
        self.pictures[at] = pictures.permute(0, 3, 1, 2)
        self.maps[at] = maps.permute(0, 3, 1, 2)
        self._filled += len(pictures)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("flats", type=Path)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights (.pt) to begin from")
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop then; run again to go on")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--first", type=int, default=0, help="number of the first composite")
    return parser.parse_args()


def resumed(checkpoint: Path, states: Mapping[str, Any], generator: torch.Generator) -> int:
    """Take up the state of an earlier run, if there is one; returns the steps it made."""
    if not checkpoint.exists():
        return 0
    held = torch.load(checkpoint)
    for name, one in states.items():
        one.load_state_dict(held[name])
    generator.set_state(held["generator"])
    return int(held["step"])


def main() -> None:
    given = arguments()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # tiny layers: threads wait for one another
    generator = torch.Generator().manual_seed(SEED)
    sources = Sources(read_all(given.flats), read_all(given.photographs))
    network = Network().to(memory_format=torch.channels_last)
    if given.start:
        network.load_state_dict(torch.load(given.start))
    mean = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=given.rate, weight_decay=DECAY)
    began, total = time.monotonic(), 0.0
    checkpoint = given.weights.with_suffix(".checkpoint")
    states = {"network": network, "mean": mean, "optimizer": optimizer}
    done = resumed(checkpoint, states, generator)
    first = given.first + FRESH * done
    scenes = Composites(sources, given.first + POOL + FRESH * given.steps)
    pool = Pool(scenes, first, given.workers)
    while len(pool) < POOL // 4:
        pool.take()
    print(f"{len(pool)} composites after {time.monotonic() - began:.0f} s", flush=True)
    for step in range(done, given.steps):
        pool.take()
        chosen = torch.randint(len(pool), (BATCH,), generator=generator)
        x, y = augmented(pool.pictures[chosen].float(), pool.maps[chosen].float() / 255, generator)
        for group in optimizer.param_groups:
            warm = min(1.0, (step + 1) / 200)
            group["lr"] = given.rate * warm * (0.5 + 0.5 * math.cos(math.pi * step / given.steps)) + 1e-6
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(x.contiguous(memory_format=torch.channels_last)).float()
        loss = loss_of(logits, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        keep = min(KEEP, (step + 1) / (step + 10))
        with torch.no_grad():
            for old, new in zip(mean.parameters(), network.parameters(), strict=True):
                old.lerp_(new, 1 - keep)
        total += loss.item()
        if (step + 1) % 100 == 0:
            print(f"{step + 1} loss {total / 100:.4f} {time.monotonic() - began:.0f} s", flush=True)
            total = 0.0
        late = time.monotonic() - began > given.seconds
        if (step + 1) % 250 == 0 or step + 1 == given.steps or late:
            held = {name: one.state_dict() for name, one in states.items()}
            torch.save({**held, "generator": generator.get_state(), "step": step + 1}, checkpoint)
            np.savez(given.weights, **dict(mean.arrays()))
        if late:
            return


if __name__ == "__main__":
    main()
