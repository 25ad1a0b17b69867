#!/bin/bash
# Writes requirements.lock (what the box runs) and requirements-dev.lock (that, and what its tests need) anew from
# pyproject.toml, and tests/bench/peers.lock (what it is measured against) from tests/bench/peers.in: each file by
# its hash. Needs the network; commit what it writes.
# Usage: lock.sh [--upgrade]   Without --upgrade, versions stay as they are where they still fit.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -x .venv/bin/pip ] || packaging/setup.sh  # an environment older than pyproject.toml will do for locking
readonly uv=.cache/uv/bin/uv
if ! [ -x "$uv" ]; then
    .venv/bin/pip install --quiet --target .cache/uv uv
fi

# Usage: lock FILE FROM [OPTION]...
lock() {
    "$uv" pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_36 \
        --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
        --output-file "$1" "$2" "${@:3}"
}

lock requirements.lock pyproject.toml "$@"
lock requirements-dev.lock pyproject.toml --extra dev --constraint requirements.lock "$@"
lock tests/bench/peers.lock tests/bench/peers.in --override <(echo "dlib ; sys_platform == 'never'") "$@"
