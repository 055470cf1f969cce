"""A progress bar for people at a terminal; nothing at all for pipes, files and tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Advance: TypeAlias = Callable[[str], None]

_PARTS = 100  # of work that is not counted in steps


@contextmanager
def progress(total: int) -> Iterator[Advance]:
    """Show on stderr how much of `total` steps is done; yield `advance(description)`, called once a step.

    Silent when stderr is no terminal, and when rich is not installed. The bar is gone when the context ends.

    Raises
    ------
    ValueError
        If `total` is negative.
    """
    if total < 0:
        raise ValueError(f"total must be at least 0, got {total}")
    if not sys.stderr.isatty():
        yield _silent
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:  # a bar is a convenience: its absence must not stop a replay
        yield _silent
        return
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)

        def advance(description: str) -> None:
            bar.update(task, advance=1, description=description)

        yield advance


@contextmanager
def activity() -> Iterator[Advance]:
    """As `progress`, for work whose number of steps is not known: shows that it goes on, and with what."""
    if not sys.stderr.isatty():
        yield _silent
        return
    try:
        from rich.console import Console
    except ImportError:
        yield _silent
        return
    with Console(stderr=True).status("") as status:

        def advance(description: str) -> None:
            status.update(Text(description))

        from rich.text import Text

        yield advance


@contextmanager
def shares() -> Iterator[Callable[[str, float], None]]:
    """As `progress`, for work that says itself how much of it is done: `advance(what, share in [0, 1])`."""
    done = 0
    with progress(_PARTS) as advance:

        def reach(description: str, share: float) -> None:
            nonlocal done
            while done < int(share * _PARTS):
                advance(description)
                done += 1

        yield reach


def _silent(description: str) -> None:
    """Take the description and show nothing."""
