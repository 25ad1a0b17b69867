"""A list that was changed anywhere is read, or refused as a list: nothing else comes of it."""

import random

import pytest

from appliance.domain.listed_person import LONGEST, ListedPerson
from appliance.domain.screening import ListSource
from appliance.errors import ListRefused
from appliance.services.screening.lists.reading import Reading
from tests.specimen import screening_lists as made

FILES = {
    "ofac csv": (
        ListSource.OFAC,
        {"sdn.csv": made.OFAC_SDN, "alt.csv": made.OFAC_ALT, "c.csv": made.OFAC_COMMENTS},
    ),
    "ofac xml": (ListSource.OFAC, {"sdn_advanced.xml": made.OFAC_XML}),
    "un": (ListSource.UN, {"un.xml": made.UN_XML}),
    "eu csv": (ListSource.EU, {"eu.csv": made.EU_CSV}),
    "eu xml": (ListSource.EU, {"eu.xml": made.EU_XML}),
    "uk": (ListSource.UK, {"uk.csv": made.UK_CSV}),
    "opensanctions csv": (ListSource.OPENSANCTIONS, {"t.csv": made.OPENSANCTIONS_CSV}),
    "opensanctions json": (ListSource.OPENSANCTIONS, {"e.json": made.OPENSANCTIONS_JSON}),
}
TIMES = 60


def changed(data: bytes, rng: random.Random) -> bytes:
    """Cut, double, swap or overwrite a piece, one to four times."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        piece = data[at : at + rng.randrange(1, 40)]
        match rng.randrange(5):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + piece * 2 + data[at + len(piece) :]
            case 2:
                data = data[:at] + data[at + len(piece) :]
            case 3:
                data = data[:at] + rng.randbytes(len(piece)) + data[at + len(piece) :]
            case _:
                spot = rng.choice(
                    [b'"', b"<", b">", b"&", b";", b",", b"\x00", b"\r", b"{", b"[", b"\xff\xfe", b"]]>"]
                )
                data = data[:at] + spot + data[at:]
    return data


@pytest.mark.parametrize("name", FILES)
def test_a_changed_list_is_read_or_refused(tmp_path, name):
    source, texts = FILES[name]
    rng = random.Random(name)
    read = refused = 0
    for _ in range(TIMES):
        paths = []
        for file, text in texts.items():
            path = tmp_path / file
            path.write_bytes(changed(text.encode(), rng))
            paths.append(path)
        try:
            people = list(Reading(source, paths).parsed.persons)
        except ListRefused:
            refused += 1
            continue
        read += 1
        assert all(isinstance(one, ListedPerson) and one.id and one.names for one in people)
        assert all(len(name.text) <= LONGEST for one in people for name in one.names)
    assert refused
    assert read + refused == TIMES
