"""What the parts of a protocol have in common."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Line = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Spec(BaseModel):
    """A part of a protocol: frozen, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Text(Spec):
    """Words shown to people, in English and, where given, Chinese."""

    en: Line
    zh: str = ""

    def __str__(self) -> str:
        return self.en

    def told(self, language: str) -> str:
        """The words in `language` (`en` or `zh`), English where there is no other."""
        return self.zh if language == "zh" and self.zh else self.en


def unique(where: str, names: list[str]) -> None:
    """Raise ValueError for names that stand there more than once."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{where}: {', '.join(twice)} stands there more than once")


def known(where: str, names: Iterable[str], defined: set[str]) -> None:
    """Raise ValueError for names that the protocol does not define."""
    unknown = [name for name in names if name not in defined]
    if unknown:
        raise ValueError(f"{where}: the protocol defines no {', '.join(unknown)}")
