"""The command line's nouns, each with its commands built when somebody first asks for it.

Typer makes a parameter of every option out of annotations, and there are hundreds: building all commands took
longer than most of them take to run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from functools import cache
from typing import TYPE_CHECKING

import typer
from typer.main import get_group

if TYPE_CHECKING:
    from typer._click import Command


@cache
def _built(noun: typer.Typer, _commands: int) -> Command:
    """A noun with the commands it has: once in a process, and again when others have added some."""
    return get_group(noun)


class Nouns(MutableMapping[str, "Command"]):
    """Commands by their first word: some that are built, and nouns that are not yet."""

    def __init__(self, built: Mapping[str, Command], nouns: Mapping[str, typer.Typer]) -> None:
        self._built = dict(built)
        self._nouns = dict(nouns)

    def __getitem__(self, name: str) -> Command:
        if name not in self._built:
            noun = self._nouns[name]
            self._built[name] = _built(noun, len(noun.registered_commands))
        return self._built[name]

    def __setitem__(self, name: str, command: Command) -> None:
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        self._nouns.pop(name, None)
        del self._built[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._nouns
        yield from (name for name in self._built if name not in self._nouns)

    def __len__(self) -> int:
        return len({*self._nouns, *self._built})
