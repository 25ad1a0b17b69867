"""Brings libsodium for browsers, which `/-/seal.mjs` seals captures with, from npm by hash.

A bare machine has no npm: two archives are fetched over HTTPS and nothing in them is run here. The registry
is npm's own, or the one that `NPM_CONFIG_REGISTRY` names. Usage: vendor_libsodium.py FOLDER
"""

import base64
import hashlib
import io
import os
import ssl
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

import certifi

VERSION = "0.8.4"
ARCHIVES = {
    "libsodium": "lMcYaRi0zcs7tarATsQUYC7rstliIXZuoq0c6zXSgNtSNtdvBgkSegjWhpMJAXzKX3SUSwIp7+zEsob+j3LuRw==",
    "libsodium-wrappers": "mu8aAWucZjTB5O/BtGXtW4e1agy7uHxNYG7zPthmmD1jU43LCDmSWZLN"
    "4JhflbdPXj3yDO4lxM1O9hLDgIOXDw==",
}
"""SHA-512 of each archive, as npm publishes it."""
MEMBERS = {
    "libsodium": {"package/dist/modules-esm/libsodium.mjs": "libsodium.mjs", "package/LICENSE": "LICENSE"},
    "libsodium-wrappers": {"package/dist/modules-esm/libsodium-wrappers.mjs": "libsodium-wrappers.mjs"},
}
BARE, BESIDE = b'import e from"libsodium";', b'import e from"./libsodium.mjs";'
"""Browsers find modules by path, not by package name."""
MOST = 4 * 1024 * 1024


def bring(folder: Path) -> None:
    """Have every file in the folder."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    trusted = ssl.create_default_context()
    trusted.load_verify_locations(certifi.where())  # a minimal machine has no authorities of its own
    for name, digest in ARCHIVES.items():
        url = f"{registry}/{name}/-/{name}-{VERSION}.tgz"
        try:
            with urllib.request.urlopen(url, timeout=60, context=trusted) as answer:
                archive = answer.read(MOST)
        except (urllib.error.URLError, OSError) as error:
            sys.exit(
                f"cannot fetch {name} {VERSION} from npm: {error}. Name a registry: NPM_CONFIG_REGISTRY."
            )
        if base64.b64encode(hashlib.sha512(archive).digest()).decode() != digest:
            sys.exit(f"{name}-{VERSION}.tgz is not the archive that is pinned")
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
            for member, kept in MEMBERS[name].items():
                inside = opened.extractfile(member)
                content = inside.read() if inside else b""
                if kept == "libsodium-wrappers.mjs" and content.count(BARE) != 1:
                    sys.exit("libsodium-wrappers imports libsodium in another way than expected")
                draft = folder / f".{kept}.part"
                draft.write_bytes(content.replace(BARE, BESIDE))
                draft.replace(folder / kept)


if __name__ == "__main__":
    bring(Path(sys.argv[1]))
