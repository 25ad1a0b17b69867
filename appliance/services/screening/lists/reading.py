"""Choosing the reader of a list's files."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from appliance.domain.screening import ListSource
from appliance.errors import ListRefused
from appliance.services.screening.lists import (
    eu_csv,
    eu_xml,
    ofac_csv,
    ofac_xml,
    opensanctions,
    uk_csv,
    un_xml,
)
from appliance.services.screening.lists.list_file import ListFile, Progress
from appliance.services.screening.lists.parsed import ParsedList


class Reading:
    """The files of one list, being read.

    Args:
        source: who publishes it.
        paths: its files.
        progress: hears of bytes.

    Raises:
        ListRefused: the files are not of this source, as far as their beginnings tell.
    """

    def __init__(
        self, source: ListSource, paths: Sequence[Path], progress: Progress = lambda _: None
    ) -> None:
        self.files = [ListFile(path, progress) for path in paths]
        self.parsed = _READERS[source](self.files)

    @property
    def sha256(self) -> str:
        """Of the file; of the sorted hashes where there are several. Once all is read."""
        hashes = sorted(file.sha256 for file in self.files)
        if len(hashes) == 1:
            return hashes[0]
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _is_xml(file: ListFile) -> bool:
    return file.start().lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")


def _one(files: Sequence[ListFile]) -> ListFile:
    if len(files) != 1:
        raise ListRefused(f"this list is one file, not {len(files)}")
    return files[0]


def _ofac(files: Sequence[ListFile]) -> ParsedList:
    if any(_is_xml(file) for file in files):
        return ofac_xml.read(_one(files))
    return ofac_csv.read(files)


def _eu(files: Sequence[ListFile]) -> ParsedList:
    file = _one(files)
    return eu_xml.read(file) if _is_xml(file) else eu_csv.read(file)


def _opensanctions(files: Sequence[ListFile]) -> ParsedList:
    file = _one(files)
    if file.start().lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return opensanctions.read_json(file)
    return opensanctions.read_csv(file)


_READERS: Mapping[ListSource, Callable[[Sequence[ListFile]], ParsedList]] = {
    ListSource.OFAC: _ofac,
    ListSource.UN: lambda files: un_xml.read(_one(files)),
    ListSource.EU: _eu,
    ListSource.UK: lambda files: uk_csv.read(_one(files)),
    ListSource.OPENSANCTIONS: _opensanctions,
}
