"""`kycbox backup` and `kycbox restore`: the whole box in one file, sealed under a recovery passphrase."""

import argparse
import datetime as dt
import os
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from appliance.commands.audit import into
from appliance.commands.terminal import progress, user
from appliance.config import Settings
from appliance.control import call
from appliance.errors import StartError
from appliance.store import restore as restoring
from appliance.store.audit_export import Sink
from appliance.store.backup import About
from appliance.store.folder import DataFolder
from appliance.store.sealed_stream import SealedReader, SealedWriter

VARIABLE: Final = "KYCBOX_RECOVERY"
SHORTEST: Final = 12
"""Characters of a passphrase. With Argon2id, twelve that nobody chose for their meaning are out of reach."""
FEWEST: Final = 6
"""Different characters in it."""
LONGEST: Final = 1024


def backup(settings: Settings, given: argparse.Namespace) -> int:
    """Write the whole box into one sealed file, whole or not at all."""
    target: Path = given.file
    folder = settings.data_folder
    passphrase = _passphrase(given)
    _refuse_weak(passphrase)
    _refuse_target(target, folder)
    size = _box_size(folder)

    def write(out: BinaryIO) -> Any:
        with progress(size, "backing up") as advance:
            sealed = SealedWriter(_Counted(out, advance), passphrase)
            told = call(settings, "box.backup", {"user": user()}, sealed)
            sealed.finish()
        return told

    about = into(target, write, 0o600)
    sys.stdout.write(
        f"box {about['box']} is in {target}, {target.stat().st_size} bytes; it opens with the passphrase"
        f" only\n\n{about['checkpoint']}\n"
    )
    for path in _outside(settings, given):
        sys.stderr.write(f"Not in it, for it lies outside of the data folder: {path}\n")
    return 0


def restore(settings: Settings, given: argparse.Namespace) -> int:
    """Make a data folder of a backup, or with --check only read all of it."""
    passphrase = _passphrase(given)
    if not given.check:
        restoring.refuse_full(settings.data_folder)
    try:
        with given.file.open("rb") as file, progress(given.file.stat().st_size, "reading") as advance:
            source = SealedReader(file, passphrase)
            if given.check:
                about = restoring.check(source, advance)
                sys.stdout.write(f"{given.file} is whole and opens\n{_described(about)}\n{about.checkpoint}")
                return 0
            told = restoring.restore(
                source,
                settings.data_folder,
                user(),
                floor_bytes=settings.limits.disk_floor_bytes,
                export=given.ledger,
                advance=advance,
            )
    except OSError as error:
        raise StartError(
            f"cannot read {given.file}: {error.strerror}", remedy="Name a file that `kycbox backup` made."
        ) from None
    sys.stdout.write(
        f"box {told.about.box} is in {settings.data_folder}\n{_described(told.about)}\n{told.checkpoint}\n"
    )
    if given.ledger is None:
        sys.stdout.write("What was erased or revoked after that is back: see --ledger in docs/backup.md.\n")
    else:
        sys.stdout.write(
            f"{told.adopted} later entries are in its ledger; what they erase or revoke is ended again: "
            f"{told.ended} of them. What was written after the backup is lost.\n"
        )
    return 0


def _described(about: About) -> str:
    made = dt.datetime.fromisoformat(about.made_at)
    hours = (dt.datetime.now(dt.UTC) - made).total_seconds() / 3600
    age = f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.0f} days"
    return f"as it was {age} ago, on {made:%Y-%m-%d at %H:%M} UTC, with {about.entries} entries in its ledger"


def _passphrase(given: argparse.Namespace) -> str:
    """The recovery passphrase, one line of text, in one spelling however it was typed.

    Raises:
        StartError: there is none, or it cannot be read.
    """
    if given.passphrase_file is not None:
        try:
            with given.passphrase_file.open("rb") as file:
                text = file.read(LONGEST + 1).decode()
        except (OSError, UnicodeDecodeError):
            raise StartError(
                f"cannot read a passphrase from {given.passphrase_file}",
                remedy="Name a text file with one line.",
            ) from None
        where = str(given.passphrase_file)
    else:
        text, where = os.environ.get(VARIABLE, ""), VARIABLE
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise StartError(
            "there is no recovery passphrase",
            remedy=f"Give --passphrase-file F, or set {VARIABLE}. A backup holds all keys of the box: without"
            " a passphrase whoever finds the file would have everything.",
        )
    if len(text) > LONGEST or "\n" in text or not text.isprintable():
        raise StartError(f"the passphrase in {where} is not one line of text")
    return unicodedata.normalize("NFC", text)


def _refuse_weak(passphrase: str) -> None:
    if len(passphrase) < SHORTEST or len(set(passphrase)) < FEWEST:
        raise StartError(
            f"the recovery passphrase is too weak: at least {SHORTEST} characters, {FEWEST} different ones",
            remedy="Take six words drawn by dice, or: openssl rand -base64 24. Keep it apart from the file.",
        )


def _refuse_target(target: Path, folder: Path) -> None:
    """A backup lies elsewhere than the box, and never takes the place of another."""
    resolved = target.absolute().resolve()
    if resolved.is_relative_to(folder):
        raise StartError(
            f"{target} is in the data folder, and would be lost with it",
            remedy="Name a file on another disk.",
        )
    if target.is_file() and target.stat().st_size:
        raise StartError(
            f"{target} exists", remedy="Name a new file: a backup never takes the place of an older one."
        )


def _box_size(folder: Path) -> int:
    """About how many bytes a backup will have."""
    there = DataFolder(folder, -1)
    try:
        return there.database.stat().st_size + sum(path.stat().st_size for path in there.uploads.glob("*"))
    except OSError as error:
        raise StartError(
            f"there is no box to be read in {folder}: {error.strerror}",
            remedy="Name its data folder with --data, and run the command as the box's user.",
        ) from None


def _outside(settings: Settings, given: argparse.Namespace) -> list[Path]:
    """Files that the box depends on and that lie elsewhere."""
    named = [given.config, os.environ.get("KYCBOX_CONFIG"), settings.risk.policy]
    paths = [Path(name).absolute() for name in named if name]
    return [path for path in dict.fromkeys(paths) if path.resolve().parent != settings.data_folder]


class _Counted:
    """Writes to a file and tells how much."""

    def __init__(self, out: Sink, advance: Callable[[int], None]) -> None:
        self._out = out
        self._advance = advance

    def write(self, data: bytes, /) -> None:
        self._out.write(data)
        self._advance(len(data))
