#!/bin/bash
# All set-up of a checkout, from a bare Debian machine with Python 3.11: Debian files, virtual environment,
# models, API pages, test photographs. Called by every target of the Makefile; a moment when there is nothing to do.
# Usage: setup.sh [peers]   `peers` adds what `make bench` compares the box with.
#
# Each step leaves a stamp that holds a hash of what the step was made from, inside the folder that it fills:
# a changed lock file, or a deleted folder, runs that step again and no other. A stamp is written last, so a
# step that was interrupted is done again.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly cache=$PWD/.cache
readonly log=$cache/setup.log
readonly debian=$cache/debian
readonly wheels=$debian/usr/share/python-wheels

say() { printf '%s\n' "$@" >&2; }

# Usage: fail MESSAGE REMEDY
fail() {
    say "" "set-up stopped: $1" "$2"
    exit 1
}

# Runs a command with its whole output in the log; a failure shows the end of it.
logged() {
    printf '\n$ %s\n' "$*" >>"$log"
    "$@" >>"$log" 2>&1 && return
    say "" "failed: $*" "$(tail -n 25 "$log")"
    fail "the command above failed; all of its output is in ${log#"$PWD"/}" \
        "Mend what it names (often the network or a full disk) and call make again: done steps are kept."
}

# Usage: fresh STAMP WORD...   True when the stamp holds these words: the step need not run.
fresh() { [ -e "$1" ] && [ "$(<"$1")" = "${*:2}" ]; }

hash_of() { cat -- "$@" | sha256sum | cut -c1-16; }

# -- 1: files of Debian packages --------------------------------------------------------------------

missing_packages() {
    local package proof
    while read -r package proof; do
        [[ $package == '#'* ]] || [ -e "/$proof" ] || [ -e "$debian/$proof" ] || echo "$package"
    done <packaging/debian.txt
    "$python" -c 'import ensurepip' 2>/dev/null || compgen -G "$wheels/pip-*.whl" >/dev/null || echo python3-venv
}

# Words to put before apt-get to install for the whole machine; fails where this user may not.
become_root() {
    [ "$(id -u)" -eq 0 ] && return
    command -v sudo >/dev/null || return
    if sudo -n true 2>/dev/null || { [ -t 0 ] && [[ " $(id -nG) " == *" sudo "* ]] && sudo -v; }; then
        echo sudo
        return
    fi
    return 1
}

# Unpacks packages into .cache/debian with an apt state of our own, which needs no rights.
unpack() {
    local -r apt=$cache/apt
    local -a options=(-o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt" -o APT::Sandbox::User="$(id -un)")
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/unpacked" "$debian"
    logged apt-get "${options[@]}" update
    local package
    for package in "${@/#python3-venv/python3-pip-whl}"; do
        rm -f "$apt/unpacked/${package}"_*.deb
        (cd "$apt/unpacked" && logged apt-get "${options[@]}" download "$package")
        logged dpkg -x "$apt/unpacked/${package}"_*.deb "$debian"
    done
}

debian_files() {
    local -a missing
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "this machine has no apt-get, and these are missing: ${missing[*]}" \
        "Install them by the means of this system, or use Debian 12."
    local sudo
    if sudo=$(become_root); then
        say "[1/5] Debian packages: installing ${missing[*]}"
        local -a install=(${sudo:+"$sudo"} env DEBIAN_FRONTEND=noninteractive apt-get)
        # The lists of a fresh machine are empty or old. A source of somebody else's that does not answer is
        # no reason to stop: what counts is whether our packages can be had.
        "${install[@]}" update >>"$log" 2>&1 || say "      apt-get update complained; going on (see the log)"
        logged "${install[@]}" install -y --no-install-recommends "${missing[@]}"
    else
        say "[1/5] Debian packages: no root here, unpacking ${missing[*]} into .cache/debian"
        unpack "${missing[@]}"
    fi
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -eq 0 ] || fail "still missing after installation: ${missing[*]}" \
        "A package may have moved its files: correct packaging/debian.txt."
}

# -- 2: virtual environment -------------------------------------------------------------------------

environment() {
    local made_from
    made_from=$(hash_of requirements-dev.lock pyproject.toml)
    fresh .venv/.stamp "$made_from" && fresh .venv/.place "$PWD" && return
    say "[2/5] Python packages: $(grep -c '^[a-z]' requirements-dev.lock), 230 MB to fetch, 800 MB on disk"
    # A moved checkout breaks the paths inside; an interrupted installation leaves halves behind.
    if [ -e .venv/.unfinished ] || ! fresh .venv/.place "$PWD"; then
        new_environment .venv
    fi
    rm -f .venv/.stamp
    touch .venv/.unfinished
    # Every file by its hash, no resolving, no package's own build code.
    packages .venv --only-binary :all: requirements-dev.lock
    logged .venv/bin/pip install --no-deps --no-build-isolation --editable .
    logged .venv/bin/pip check
    printf '%s' "$made_from" >.venv/.stamp
    rm .venv/.unfinished
}

# Usage: new_environment FOLDER
new_environment() {
    rm -rf "$1"
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        logged "$python" -m venv "$1"
    else
        logged "$python" -m venv --without-pip "$1"
        local -a pip=("$wheels"/pip-*.whl)
        PYTHONPATH=${pip[0]} logged "$1/bin/python" -m pip install --no-index --find-links "$wheels" pip
    fi
    printf '%s' "$PWD" >"$1/.place"
}

# Usage: packages ENVIRONMENT [PIP OPTION]... LOCK   One line per large package; all else goes to the log.
packages() {
    local -a install=("$1/bin/pip" install --progress-bar off --no-deps --require-hashes "${@:2:$#-2}" -r "${*: -1}")
    printf '\n$ %s\n' "${install[*]}" >>"$log"
    if ! "${install[@]}" 2>&1 | tee -a "$log" | awk -v all="$(grep -c '^[a-z]' "${*: -1}")" '
        /^ *Collecting/ { n++; name = $2; sub("==", " ", name) }
        /^ *Downloading .*[0-9] MB/ { printf "      %3d/%d  %s  %s MB\n", n, all, name, substr($(NF - 1), 2); fflush() }
        /^Installing collected/ { print "      unpacking"; fflush() }' >&2
    then
        fail "pip could not install the packages: $(grep -a '^ERROR' "$log" | tail -n 3)" \
            "Is the network there? All that pip said is in ${log#"$PWD"/}. Then call make again."
    fi
}

# -- 3 to 5: models, API pages, photographs -------------------------------------------------------------------

models() {
    local -r folder=${KYCBOX_MODELS:-$cache/models}
    local made_from
    made_from=$(hash_of models/*/manifest.toml appliance/engine/{archives,dlib_*,install,installed}.py requirements.lock)
    fresh "$folder/.stamp" "$made_from" && return
    say "[3/5] Models"
    .venv/bin/kycbox model install >&2 || fail "the models could not be installed" \
        "See the message above; call make again when that is mended."
    printf '%s' "$made_from" >"$folder/.stamp"
}

api_pages() {
    local made_from
    made_from=$(hash_of packaging/vendor_swagger.py)
    fresh "$cache/vendor/swagger-ui/.stamp" "$made_from" && return
    say "[4/5] Pages that show the API documents"
    logged .venv/bin/python packaging/vendor_swagger.py "$cache/vendor/swagger-ui"
    printf '%s' "$made_from" >"$cache/vendor/swagger-ui/.stamp"
}

browser_library() {
    local made_from
    made_from=$(hash_of packaging/vendor_libsodium.py)
    fresh "$cache/vendor/libsodium/.stamp" "$made_from" && return
    say "[4/5] libsodium for browsers"
    logged .venv/bin/python packaging/vendor_libsodium.py "$cache/vendor/libsodium"
    printf '%s' "$made_from" >"$cache/vendor/libsodium/.stamp"
}

portraits() {
    local made_from
    made_from=$(hash_of packaging/portraits.py)
    fresh "$cache/portraits/.stamp" "$made_from" && return
    say "[5/5] Test photographs"
    logged .venv/bin/python packaging/portraits.py "$cache/portraits"
    printf '%s' "$made_from" >"$cache/portraits/.stamp"
}

# -- for `make bench` only: the packages that the box is compared with -------------------------------

peers() {
    local -r lock=tests/bench/peers.lock
    local made_from
    made_from=$(hash_of "$lock")
    fresh "$cache/peers/.stamp" "$made_from" && fresh "$cache/peers/.place" "$PWD" && return
    say "[bench] packages to compare with, in an environment of their own"
    command -v tesseract >/dev/null || peer_package tesseract-ocr
    # PyICU comes without a wheel, and nomenklatura needs it.
    [ -e /usr/include/unicode/utypes.h ] || peer_package libicu-dev
    command -v g++ >/dev/null || peer_package g++
    [ -e "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || peer_package python3-dev
    new_environment "$cache/peers"
    packages "$cache/peers" "$lock"
    printf '%s' "$made_from" >"$cache/peers/.stamp"
}

# Usage: peer_package PACKAGE   What peers call or are built with; the box itself needs none of it.
peer_package() {
    local sudo
    if sudo=$(become_root); then
        logged ${sudo:+"$sudo"} env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1"
    else
        say "        no root here to install $1: the benches that need it will be skipped"
    fi
}

# ---------------------------------------------------------------------------------------------------

python=$(command -v python3.11 || command -v python3) || fail "there is no python3" "apt-get install python3"
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || fail \
    "$("$python" --version) is here; the locked packages are of Python 3.11" "Install python3.11 (Debian 12 has it)."
mkdir -p "$cache"
exec 9>"$cache/setup.lock"
flock --nonblock 9 || { say "another make is at the set-up; waiting for it" && flock 9; }
: >"$log"

debian_files
environment
models
api_pages
browser_library
portraits
[ "${1:-}" != peers ] || peers
