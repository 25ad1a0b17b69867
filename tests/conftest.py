"""Fixtures that several folders of tests share.

Which one to choose:

- nothing at all, for rules and shapes: `tests/unit` and `tests/property` need no model and no picture, and
  all of `tests/unit` runs in less than 10 seconds;
- `portraits` where a photograph of a face is needed: four files that set-up has fetched by hash, so they are
  there on every machine: `obama.jpg`, `obama2.jpg`, `obama3.jpg` (one person) and `biden.jpg` (another);
- `installed_models` where a model runs: the folder that `kycbox model install` has filled;
- `datasets` only for accuracy over many pictures: a folder named by `KYCBOX_DATASETS`, not part of this
  repository. A test that asks for it is skipped where the folder is not there, so nothing that has to hold
  on every machine may rest on it.
"""

import os
from pathlib import Path

import pytest

from appliance.config import PROJECT, load


@pytest.fixture(scope="session")
def portraits() -> Path:
    """Folder of the test photographs."""
    folder = PROJECT / ".cache" / "portraits"
    if not (folder / ".stamp").exists():
        pytest.fail("the test photographs are not here: run `make setup`")
    return folder


@pytest.fixture(scope="session")
def installed_models() -> Path:
    """Folder of the installed models."""
    folder = load().models_folder
    if not folder.is_dir():
        pytest.fail(f"no models in {folder}: run `make setup`")
    return folder


@pytest.fixture(scope="session")
def datasets() -> Path:
    """Folder of the datasets; skips the test where there is none."""
    named = os.environ.get("KYCBOX_DATASETS")
    folder = Path(named) if named else PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("skipped: no datasets")
    return folder
