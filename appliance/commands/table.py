"""Rows for people: columns in line, nothing cut off, no frame that a script would have to skip."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 1000


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print to standard output; a terminal may fold long cells, a file or pipe gets whole lines."""
    console = Console(markup=False, emoji=False, width=None if sys.stdout.isatty() else WIDE)
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, no_wrap=not console.is_terminal)
    for row in rows:
        table.add_row(*map(Text, row))  # as it stands: rich reads brackets in a string as its markup
    console.print(table, highlight=False)
