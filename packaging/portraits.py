"""Brings the test photographs: public figures in public life, three of one person, one of another.

They are taken, by hash, from the test pictures of the `face_recognition` source archive of the Python package
index; nothing else of it is used, and nothing of it is run. Usage: portraits.py FOLDER
"""

import hashlib
import sys
import tarfile
import tempfile
from pathlib import Path

from appliance.engine.archives import fetch
from appliance.engine.manifest import Source
from appliance.errors import KycboxError

ARCHIVE = Source(
    requirement="face_recognition==1.3.0",
    archive="face_recognition-1.3.0.tar.gz",
    sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    bytes=3182249,
)
INSIDE = "face_recognition-1.3.0/tests/test_images/"
PHOTOGRAPHS = {
    "biden.jpg": "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
    "obama.jpg": "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    "obama2.jpg": "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
    "obama3.jpg": "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
}


def bring(folder: Path) -> None:
    """Have every photograph in the folder, each whole and verified."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder) as scratch:
        archive = fetch(ARCHIVE, Path(scratch), lambda *_: None)
        with tarfile.open(archive) as opened:
            for name, sha256 in PHOTOGRAPHS.items():
                member = opened.extractfile(INSIDE + name)
                content = member.read() if member else b""
                if hashlib.sha256(content).hexdigest() != sha256:
                    sys.exit(f"{name} in {ARCHIVE.archive} is not the photograph that is pinned")
                written = Path(scratch, name)
                written.write_bytes(content)
                written.replace(folder / name)


if __name__ == "__main__":
    try:
        bring(Path(sys.argv[1]))
    except KycboxError as error:
        sys.exit(f"{error.message}. {error.remedy}")
