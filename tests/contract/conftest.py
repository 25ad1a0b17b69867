"""One real box for all contract tests, and what is sent to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import box as boxes
from tests.specimen.sets import Specimen, specimen


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[boxes.Box]:
    """A box with default settings."""
    with boxes.running(tmp_path_factory.mktemp("box") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def passport(portraits: Path) -> Specimen:
    """A photographed passport whose portrait is obama.jpg."""
    return specimen("TD3", 11, state="UTO", portrait=portraits / "obama.jpg")


@pytest.fixture(scope="session")
def selfie(portraits: Path) -> bytes:
    """Another photograph of the passport's holder."""
    return (portraits / "obama2.jpg").read_bytes()


@pytest.fixture(scope="session")
def stranger(portraits: Path) -> bytes:
    """A photograph of somebody else."""
    return (portraits / "biden.jpg").read_bytes()
