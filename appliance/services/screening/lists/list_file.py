"""A list's file as it is read: bounded, hashed, with progress, and with errors that name file and line."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NoReturn

from appliance.errors import ListRefused

MOST_BYTES: Final = 2 * 1024**3
"""Of one file; OFAC's advanced XML has 0.12 GB, OpenSanctions' whole collection about 1 GB."""
CHUNK: Final = 256 * 1024
LONGEST_LINE: Final = 1024 * 1024
"""Bytes of a line; the longest line of a real list has a tenth of that."""
_REMEDY: Final = "Fetch the file again from its publisher and compare its size or hash."

Progress = Callable[[int], None]
"""Hears of bytes as they are read."""


class ListFile:
    """One file, read once from its beginning to its end.

    Args:
        path: of the file.
        progress: hears of bytes.

    Attributes:
        line: number of the line that was read last.
        whole: whether the last line ended with a line break; CTRL-Z after it does not count.
    """

    def __init__(self, path: Path, progress: Progress = lambda _: None) -> None:
        self.path = path
        self.line = 0
        self.whole = True
        self._progress = progress
        self._digest = hashlib.sha256()
        self._done = False

    @property
    def sha256(self) -> str:
        """Of the whole file, 64 hex digits; once it is read."""
        assert self._done
        return self._digest.hexdigest()

    def refuse(self, reason: str, line: int = 0, remedy: str = _REMEDY) -> NoReturn:
        """Refuse the file.

        Raises:
            ListRefused: naming the file and the line.
        """
        at = line or self.line
        where = f"{self.path.name}, line {at}" if at else self.path.name
        raise ListRefused(f"{where}: {reason}", remedy=remedy)

    def start(self) -> bytes:
        """The first bytes, to tell formats apart; read for themselves."""
        try:
            with self.path.open("rb") as file:
                return file.read(4096)
        except OSError as error:
            raise ListRefused(f"cannot read {self.path.name}: {error.strerror}") from None

    def chunks(self) -> Iterator[bytes]:
        """All bytes, in pieces.

        Raises:
            ListRefused: the file is too large, empty, or cannot be read.
        """
        total = 0
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    total += len(chunk)
                    if total > MOST_BYTES:
                        self.refuse(f"over {MOST_BYTES // 1024**2} MB are not read")
                    self._digest.update(chunk)
                    self._progress(len(chunk))
                    yield chunk
        except OSError as error:
            raise ListRefused(f"cannot read {self.path.name}: {error.strerror}") from None
        if not total:
            self.refuse("the file is empty")
        self._done = True

    def lines(self) -> Iterator[str]:
        """All lines, decoded, with their line breaks; `line` counts them.

        Raises:
            ListRefused: a line is too long, or not UTF-8.
        """
        rest = b""
        for chunk in self.chunks():
            pieces = (rest + chunk).splitlines(keepends=True) if b"\n" in chunk else [rest + chunk]
            rest = b"" if pieces[-1].endswith(b"\n") else pieces.pop()
            if len(rest) > LONGEST_LINE:
                self.refuse(f"a line of over {LONGEST_LINE // 1024} kB", self.line + 1)
            for piece in pieces:
                yield self._decoded(piece)
        self.whole = not rest.strip(b"\x1a")
        if rest:
            yield self._decoded(rest)

    def _decoded(self, piece: bytes) -> str:
        self.line += 1
        if self.line == 1:
            piece = piece.removeprefix(b"\xef\xbb\xbf")
        if len(piece) > LONGEST_LINE:
            self.refuse(f"a line of over {LONGEST_LINE // 1024} kB")
        if b"\0" in piece:
            self.refuse("it holds zero bytes: not UTF-8 text", remedy="Save or fetch the file as UTF-8.")
        try:
            return piece.decode("utf-8")
        except UnicodeDecodeError:
            self.refuse("it is not UTF-8 text", remedy="Save or fetch the file as UTF-8.")
