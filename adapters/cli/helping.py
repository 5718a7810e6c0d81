"""Help as people read and use it: what a command does is told to the end, and its example can be copied."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

_NO_LIMIT = 10_000


class _Helped:
    epilog: str | None

    def get_short_help_str(self, limit: int = _NO_LIMIT) -> str:
        """The first sentence of its help, whatever room there is: the list breaks it into lines."""
        told: str = super().get_short_help_str(max(limit, _NO_LIMIT))  # type: ignore[misc]  # the other parent has it
        return told

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as its parent has it
        """Write the example on one line, however long: a shell would run the first of two lines."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write(f"  {self.epilog}\n")


class HelpedCommand(_Helped, TyperCommand):
    """A command whose first sentence stands whole in the list of its noun."""


class HelpedGroup(_Helped, TyperGroup):
    """A noun whose sentence stands whole in the list of nouns."""
