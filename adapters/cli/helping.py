"""Help as people read and use it: what a command does is told to the end, and its example can be copied."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

_NO_LIMIT = 10_000


def _write_example(told: str | None, formatter: Any) -> None:  # noqa: ANN401 - Typer keeps the type to itself
    """On one line of its own, however long: a shell would run the first of two lines."""
    if told:
        formatter.write_paragraph()
        formatter.write(f"  {told}\n")


class HelpedCommand(TyperCommand):
    """A command whose first sentence stands whole in the list of its noun."""

    def get_short_help_str(self, limit: int = _NO_LIMIT) -> str:
        """The first sentence of its help, whatever room there is: the list breaks it into lines."""
        return super().get_short_help_str(max(limit, _NO_LIMIT))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as its parent has it
        """Write the example."""
        _write_example(self.epilog, formatter)


class HelpedGroup(TyperGroup):
    """A noun whose sentence stands whole in the list of nouns."""

    def get_short_help_str(self, limit: int = _NO_LIMIT) -> str:
        """The first sentence of its help, whatever room there is: the list breaks it into lines."""
        return super().get_short_help_str(max(limit, _NO_LIMIT))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as its parent has it
        """Write the example."""
        _write_example(self.epilog, formatter)
