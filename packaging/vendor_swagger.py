"""Brings Swagger UI, which shows the API documents in a browser, so that the box serves it without a network.

It is taken, by hash, from the `swagger-ui-bundle` wheel of the Python package index (Apache-2.0, Swagger UI
4.15.5); nothing of it is run here. Usage: vendor_swagger.py FOLDER
"""

import hashlib
import sys
import tempfile
import zipfile
from pathlib import Path

from appliance.engine.archives import fetch
from appliance.engine.manifest import Source
from appliance.errors import KycboxError

ARCHIVE = Source(
    requirement="swagger-ui-bundle==1.1.0",
    archive="swagger_ui_bundle-1.1.0-py3-none-any.whl",
    sha256="f7526f7bb99923e10594c54247265839bec97e96b0438561ac86faf40d40dd57",
    bytes=2626591,
)
INSIDE = "swagger_ui_bundle/vendor/swagger-ui-4.15.5/"
FILES = ("swagger-ui.css", "swagger-ui-bundle.js")
LICENCE = "swagger_ui_bundle-1.1.0.dist-info/LICENSE"


def bring(folder: Path) -> None:
    """Have every file in the folder; the wheel's own hash vouches for them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder) as scratch:
        archive = fetch(ARCHIVE, Path(scratch), lambda *_: None)
        if hashlib.sha256(archive.read_bytes()).hexdigest() != ARCHIVE.sha256:
            sys.exit(f"{ARCHIVE.archive} is not the archive that is pinned")
        with zipfile.ZipFile(archive) as opened:
            for inside, name in [*((INSIDE + name, name) for name in FILES), (LICENCE, "LICENSE")]:
                written = Path(scratch, name)
                written.write_bytes(opened.read(inside))
                written.replace(folder / name)


if __name__ == "__main__":
    try:
        bring(Path(sys.argv[1]))
    except KycboxError as error:
        sys.exit(f"{error.message}. {error.remedy}")
