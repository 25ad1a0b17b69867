"""The terminal that a command runs at: who sits there, and what moves while they wait."""

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress(size: int, words: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal, nothing elsewhere; gives what is to be told of each bytes done.

    Args:
        size: bytes to do, about.
        words: what is done.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(words, total=size)
        yield lambda count: bar.advance(task, count)


def user() -> str:
    """Who runs the command: the login behind sudo where there is one."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        name = str(os.getuid())
    return name[:64]
