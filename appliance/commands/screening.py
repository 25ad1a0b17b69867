"""`kycbox screening`: sanctions lists in, out and looked at. Works with and without a running box."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.commands.table import print_table
from appliance.commands.terminal import progress, user
from appliance.config import Settings
from appliance.control import Caller, calling
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import ListSource
from appliance.errors import StartError
from appliance.services.screening.lists.reading import Reading

PIECE_BYTES: Final = 128 * 1024
"""Of people sent at once: as JSON in ASCII they stay under what a frame may have."""


def import_list(settings: Settings, given: argparse.Namespace) -> int:
    """Read a list and let it count in place of the one before it, whole or not at all."""
    source = ListSource(given.source)
    size = sum(_size(path) for path in given.files)
    with calling(settings) as call, progress(size, f"reading {source}") as advance:
        reading = Reading(source, given.files, advance)
        number = call("screening.begin", {"source": source.value})["number"]
        try:
            people = _send(call, number, reading)
            version = call(
                "screening.finish",
                {
                    "number": number,
                    "sha256": reading.sha256,
                    "published": reading.parsed.published,
                    "people": people,
                    "left_out": reading.parsed.left_out,
                    "user": user(),
                    "anyway": given.anyway,
                },
            )
        except BaseException:
            call("screening.drop", {"number": number})
            raise
    left_out = reading.parsed.left_out
    sys.stdout.write(f"{version['version']}: {people} people, {left_out} other records left out\n")
    sys.stdout.write(f"  published {version['published'] or 'on a day that the files do not name'}\n")
    sys.stdout.write(f"  SHA-256 {version['sha256']}\n")
    return 0


def show(settings: Settings, given: argparse.Namespace) -> int:
    """Show the lists that count."""
    with calling(settings) as call:
        known = call("screening.list", {})
    if given.json:
        sys.stdout.write(json.dumps(known) + "\n")
        return 0
    limit = settings.screening.max_age_days
    rows = [
        (
            one["version"],
            one["published"] or "-",
            one["imported"][:10],
            str(one["entities"]),
            f"{one['age_days']} days" + (" (too old)" if one["age_days"] > limit else ""),
        )
        for one in known
    ]
    print_table(("list", "published", "imported", "people", "age"), rows)
    if not known:
        sys.stderr.write("No list is imported: every session goes to review.\n")
    return 0


def remove(settings: Settings, given: argparse.Namespace) -> int:
    """Let a list count no longer."""
    with calling(settings) as call:
        gone = call("screening.remove", {"source": given.source, "user": user()})
    sys.stdout.write(f"{gone['version']} is removed\n")
    return 0


def check(settings: Settings, given: argparse.Namespace) -> int:
    """Look for a name; exit status 0 clear, 3 a hit, 4 not to be said."""
    names = given.names or [line for line in sys.stdin.read().splitlines() if line.strip()]
    with calling(settings) as call:
        found = call(
            "screening.check",
            {
                "names": names,
                "birth": given.birth,
                "country": given.country,
                "sex": given.sex,
                "max_age_days": settings.screening.max_age_days,
            },
        )
    if given.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write(found["state"] + (f": {found['reason']}" if found["reason"] else "") + "\n")
        if found["matches"]:
            print_table(("score", "name", "born", "countries", "list", "id"), [*map(_row, found["matches"])])
    return {"clear": 0, "hit": 3}.get(found["state"], 4)


def _row(match: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{match['score']:.3f}",
        match["name"],
        match["birth"],
        " ".join(match["countries"]),
        match["version"],
        match["entity"],
    )


def _send(call: Caller, number: int, reading: Reading) -> int:
    """Send everybody in pieces; how many there are."""
    sent, size = 0, 0
    piece: list[ListedPerson] = []
    for person in reading.parsed.persons:
        piece.append(person)
        size += len(msgspec.json.encode(person))
        if size > PIECE_BYTES:
            sent += _piece(call, number, sent, piece)
            piece, size = [], 0
    return sent + (_piece(call, number, sent, piece) if piece else 0)


def _piece(call: Caller, number: int, first: int, people: list[ListedPerson]) -> int:
    plain = msgspec.to_builtins(people)
    taken: int = call("screening.add", {"number": number, "first": first, "people": plain})["taken"]
    return taken


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise StartError(f"cannot read {path}: {error.strerror}") from None
