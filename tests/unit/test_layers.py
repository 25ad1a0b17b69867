"""Imports point one way, and each framework stays at its edge."""

import ast
import sys
from collections.abc import Iterator

import pytest

from appliance.config import PROJECT

# From the bottom up: a unit may import units of lower rows only, and itself.
ROWS = (
    ("appliance.errors",),
    ("appliance.config", "appliance.domain"),
    ("appliance.engine", "appliance.tls", "hardware"),
    ("appliance.vision", "appliance.store"),
    ("appliance.services", "appliance.doctor"),
    ("appliance.api", "appliance.control", "appliance.jobs", "ui"),
    ("appliance.dispatch",),
    ("appliance.asgi", "appliance.commands"),
    ("appliance.connection", "appliance.notify"),
    ("appliance.schedule", "appliance.screens", "appliance.server"),
    ("appliance.main",),
    ("appliance.__main__",),
)
RANK = {unit: rank for rank, row in enumerate(ROWS) for unit in row}

# Where a framework may be imported, as the beginning of a module's name.
EDGES = {
    "aiohttp": ("appliance.services.webhook_post",),
    "apscheduler": ("appliance.jobs",),
    "cv2": ("appliance.vision", "hardware"),
    "fastapi": ("ui", "appliance.screens", "appliance.main"),
    "jwt": ("appliance.store",),
    "litestar": ("appliance.api", "appliance.asgi"),
    "nacl": ("appliance.store",),
    "nicegui": ("ui",),
    "openvino": ("appliance.engine",),
    "pysqlite3": ("appliance.store",),
    "sqlite_utils": ("appliance.store",),
    "starlette": ("ui",),
    "tesserocr": ("appliance.vision.tesseract",),
    "uvicorn": ("appliance.connection", "appliance.server"),
}
DOMAIN_MAY = {*sys.stdlib_module_names, "numpy", "msgspec"}


def modules() -> Iterator[tuple[str, str]]:
    """Name and source of every module of the product."""
    for top in ("appliance", "ui", "hardware"):
        for file in sorted((PROJECT / top).rglob("*.py")):
            parts = file.relative_to(PROJECT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), file.read_text("utf-8")


def imports(source: str) -> Iterator[str]:
    """Every name that is imported anywhere, in functions and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def unit_of(name: str) -> str | None:
    return next((unit for unit in RANK if within(name, unit)), None)


def wrong(module: str, source: str) -> list[str]:
    """What this module imports and may not."""
    unit = unit_of(module)
    found = []
    for name in imports(source):
        target, top = unit_of(name), name.split(".", 1)[0]
        upward = target is not None and target != unit and (unit is None or RANK[target] >= RANK[unit])
        abroad = top in EDGES and not any(within(module, edge) for edge in EDGES[top])
        impure = unit == "appliance.domain" and not (top in DOMAIN_MAY or target in RANK)
        if name.startswith(".") or upward or abroad or impure:
            found.append(f"{module} imports {name}")
    return found


def test_every_import_follows_the_arrows():
    assert [line for module, source in modules() for line in wrong(module, source)] == []


def test_every_module_belongs_to_a_row():
    packages = {"appliance"}
    assert [name for name, _ in modules() if unit_of(name) is None and name not in packages] == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("appliance.domain.face", "import cv2"),
        ("appliance.domain.face", "from appliance.config import load"),
        ("appliance.vision.decode", "from appliance.store import keys"),
        ("appliance.api.box", "def f():\n    from ui import shell"),
        ("appliance.services.check", "from appliance.api import box"),
        ("appliance.vision.documents.text", "import tesserocr"),
        ("appliance.services.check", "from openvino import Core"),
        ("appliance.store.keys", "from .database import Database"),
        ("ui.shell", "import appliance.main"),
        ("appliance", "from appliance import engine"),
    ],
)
def test_a_wrong_import_is_seen(module: str, line: str):
    assert wrong(module, line)


def test_a_right_import_passes():
    assert wrong("appliance.server", "from appliance.api.box import app\nimport uvicorn, asyncio") == []
    assert wrong("appliance.domain.face", "import numpy as np\nfrom appliance.errors import NotFound") == []
