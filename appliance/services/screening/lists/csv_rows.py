"""Rows of a CSV file, checked against what the format says of their columns."""

import csv
from collections.abc import Iterator, Mapping, Sequence

from appliance.services.screening.lists.list_file import ListFile

CTRL_Z = "\x1a"
"""Ends OFAC's files: the end mark of CP/M."""


def plain_rows(file: ListFile, columns: int) -> Iterator[Sequence[str]]:
    """Rows of a file without a header.

    Args:
        file: to read.
        columns: that every row has.

    Raises:
        ListRefused: another number of columns, quotes that do not close, not UTF-8.
    """
    reader = csv.reader(file.lines(), strict=True)
    try:
        for row in reader:
            if not row or row == [CTRL_Z]:
                continue
            if len(row) != columns:
                file.refuse(f"{len(row)} columns instead of {columns}")
            yield row
    except csv.Error as error:
        file.refuse(f"not CSV: {error}")
    if not file.whole:
        file.refuse("the last line has no end: cut short")


def headed_rows(
    file: ListFile, needed: Sequence[str], delimiter: str = ",", skip: int = 0
) -> Iterator[Mapping[str, str]]:
    """Rows of a file whose first row names the columns.

    Args:
        file: to read.
        needed: columns that the header must name.
        delimiter: between two values.
        skip: rows before the header.

    Raises:
        ListRefused: a needed column is missing, a row has more or fewer columns than the header.
    """
    reader = csv.reader(file.lines(), delimiter=delimiter)
    header: list[str] = []
    try:
        for row in reader:
            if skip:
                skip -= 1
                continue
            if not header:
                header = [name.strip() for name in row]
                if missing := [name for name in needed if name not in header]:
                    file.refuse(f"the column {missing[0]!r} is missing: not a list of this format")
                continue
            if not any(row):
                continue
            if len(row) != len(header):
                file.refuse(f"{len(row)} columns where the header names {len(header)}: cut short or damaged")
            yield dict(zip(header, row, strict=True))
    except csv.Error as error:
        file.refuse(f"not CSV: {error}")
    if not header:
        file.refuse("there is no header")
