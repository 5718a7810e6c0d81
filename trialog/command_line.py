"""The whole command line on the real store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.cli.app import command_line
from trialog import __version__, demo_command, scheduler_command
from trialog import alert_command as _alert_command  # noqa: F401 - adds to the alerts' own

if TYPE_CHECKING:
    import typer

    from adapters.app import App


def open_store(location: str, *, create: bool = False, as_it_lies: bool = False) -> App:
    """Open the store at a location. What that needs is imported now, so that help is there at once."""
    from trialog.bootstrap import open_app

    return open_app(location, create=create, as_it_lies=as_it_lies)


def whole_command_line() -> typer.Typer:
    """The command line with every noun: those of the product's core, and what is added to it here."""
    app = command_line(open_store, __version__, scheduler_command.group)
    demo_command.register(app)
    return app
