"""How far long work has come: a bar on stderr while somebody watches, nothing otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, end: float) -> Iterator[Callable[[float], None]]:
    """A bar that is told how far it is, up to `end`."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=end)
        yield lambda done: bar.update(task, completed=done)
