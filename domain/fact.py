"""Facts: what happened, frozen, under a topic that outlives every name in the code.

A topic such as `lab.result_recorded.v1` IS the storage format. A fact class is never edited once released:
a new shape is a new class with the next version, and an upcaster that turns the old stored form into it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.errors import Broken
from domain.words import codes_of, in_chinese, in_english

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Free:
    """Marks a field as one that a person fills in words, or with the name or number that others gave a
    person, a letter or a specimen. It is no value, code or id that anything is computed or proved by.
    """


FREE = Free()
FreeText = Annotated[str, FREE]
"""A text that a person wrote: all that may be redacted of a fact, and any text may stand in it."""


class Fact(BaseModel):
    """Something that happened. Subclasses set TOPIC and the sentence people read about it, in EN and ZH.

    The sentence is a format string over the fact's own fields, a unit behind a colon. A field that is empty
    is told as not stated, or as ABSENT says, except those that SILENT names, which then say nothing. In
    Chinese the codes of a field that knows a fixed list of them, or that CODED names, are told in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    TOPIC: ClassVar[str]
    EN: ClassVar[str]
    ZH: ClassVar[str]
    SILENT: ClassVar[tuple[str, ...]] = ()
    CODED: ClassVar[tuple[str, ...]] = ()
    PROMPT: ClassVar[bool] = False
    """Whether the ledger is signed at once when such a fact has come, not within the usual quarter of an
    hour: randomization, unblinding, locks, signatures, exports.
    """
    ABSENT: ClassVar[tuple[str, str]] = ("not stated", "未说明")

    PUTS_RIGHT: ClassVar[Literal["corrected", "voided"] | None] = None
    """What such a fact does to what was recorded: `corrected` puts another value in its place, `voided` takes
    it back. It enters nothing anew, and stands at the time of what it puts right.
    """

    TELLS_ALLOCATION: ClassVar[bool] = False
    """Whether such a fact tells the allocation in clear: it is withheld from roles that are masked."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_kwargs: Any) -> None:
        if "TOPIC" in cls.__dict__:
            FACTS.register(cls)

    def sentence(self, language: str = "en") -> str:
        """One sentence about this fact in English (`en`) or Chinese (`zh`). Sealed values stay sealed."""
        words = (self.ZH if language == "zh" else self.EN).format_map(_Words(self, language))
        return words.rstrip()


class _Stated(str):
    """The words of a value that is there: `{weight_kg:kg}` tells it with its unit."""

    __slots__ = ()

    def __format__(self, unit: str) -> str:
        return f"{self!s} {unit}" if unit else str(self)


class _Absent(str):
    """What is told instead of a value, without its unit."""

    __slots__ = ()

    def __format__(self, unit: str) -> str:
        return str(self)


class _Words(Mapping[str, str]):
    """A fact's fields as words: what is absent says so, and what is sealed stays sealed."""

    def __init__(self, fact: Fact, language: str) -> None:
        self._fact = fact
        self._absent = fact.ABSENT[1 if language == "zh" else 0]
        self._yes_no = ("是", "否") if language == "zh" else ("yes", "no")
        self._told = in_chinese if language == "zh" else in_english

    def __getitem__(self, name: str) -> str:
        value = getattr(self._fact, name)
        if value is None or value in ("", ()):
            return _Absent("" if name in self._fact.SILENT else self._absent)
        if isinstance(value, bool):
            return _Stated(self._yes_no[0 if value else 1])
        told = self._told if name in coded_fields(type(self._fact)) else str
        if isinstance(value, tuple):
            return _Stated(", ".join(told(each) for each in value))
        return _Stated(told(value))

    def __iter__(self) -> Iterator[str]:
        return iter(type(self._fact).model_fields)

    def __len__(self) -> int:
        return len(type(self._fact).model_fields)


@cache
def coded_fields(cls: type[Fact]) -> frozenset[str]:
    """The fields of a kind of fact that hold codes of a fixed list."""
    fields = cls.model_fields.items()
    known = (name for name, field in fields if any(codes_of(field.annotation, tuple(field.metadata))))
    return frozenset((*known, *cls.CODED))


@cache
def free_texts(cls: type[Fact]) -> tuple[str, ...]:
    """The fields of a kind of fact that hold free text, in their declared order."""
    return tuple(name for name, field in cls.model_fields.items() if FREE in field.metadata)


class Registry:
    """Topic → class, unique; and old topic → (newer topic, upcaster)."""

    def __init__(self) -> None:
        self._classes: dict[str, type[Fact]] = {}
        self._readers: dict[str, Callable[[bytes | str], Fact]] = {}
        self._upcasters: dict[str, tuple[str, Upcaster]] = {}

    def register(self, cls: type[Fact]) -> None:
        """Make a fact class known under its topic. A topic can be taken once."""
        known = self._classes.get(cls.TOPIC)
        if known is not None:
            raise TypeError(f"topic {cls.TOPIC} belongs to {known.__qualname__} and {cls.__qualname__}")
        for name in ("EN", "ZH"):
            if not getattr(cls, name, ""):
                raise TypeError(f"{cls.__qualname__} owns no sentence {name}")
        self._classes[cls.TOPIC] = cls

    def forget(self, topic: str) -> None:
        """Take a topic out again (for tests that register their own facts)."""
        self._classes.pop(topic, None)
        self._readers.pop(topic, None)
        self._upcasters.pop(topic, None)

    def upcast(self, old: str, new: str, change: Upcaster) -> None:
        """Read facts stored under topic `old` as topic `new`, through a pure change of the stored object."""
        if old in self._upcasters:
            raise TypeError(f"topic {old} has an upcaster")
        self._upcasters[old] = (new, change)
        self._readers.pop(old, None)

    def topics(self) -> dict[str, type[Fact]]:
        """Every topic that is written today and its class, in topic order."""
        return dict(sorted(self._classes.items()))

    def prompts(self, topic: str) -> bool:
        """Whether a fact stored under this topic, of whatever version, has the ledger signed at once."""
        known = self._newest(topic)
        return known is not None and known.PROMPT

    def tells_allocation(self, topic: str) -> bool:
        """Whether a fact stored under this topic, of whatever version, tells the allocation in clear."""
        known = self._newest(topic)
        return known is not None and known.TELLS_ALLOCATION

    def free_texts(self, topic: str) -> tuple[str, ...]:
        """The fields that hold free text of a fact stored under this topic, of whatever version."""
        known = self._newest(topic)
        return () if known is None else free_texts(known)

    def _newest(self, topic: str) -> type[Fact] | None:
        while topic in self._upcasters:
            topic = self._upcasters[topic][0]
        return self._classes.get(topic)

    def read(self, topic: str, data: bytes | str) -> Fact:
        """The fact stored as `data` under `topic`, brought to its newest version. Raises Broken."""
        reader = self._readers.get(topic) or self._reader(topic)
        try:
            return reader(data)
        except (ValidationError, ValueError, KeyError) as error:
            raise Broken("fact.unreadable", f"a stored {topic} cannot be read: {error}") from error

    def _reader(self, topic: str) -> Callable[[bytes | str], Fact]:
        """What reads a topic. A class is made ready when its first fact is read, not when it is declared."""
        if topic not in self._upcasters and topic in self._classes:
            reader = self._readers[topic] = self._classes[topic].__pydantic_validator__.validate_json
            return reader
        return partial(self._read_old, topic)

    def _read_old(self, topic: str, data: bytes | str) -> Fact:
        if topic not in self._upcasters:
            raise Broken("fact.unknown_topic", f"no fact is known as {topic}")
        stored = json.loads(data)
        while topic in self._upcasters:
            topic, change = self._upcasters[topic]
            stored = change(stored)
        return self._classes[topic].model_validate_json(json.dumps(stored))


FACTS = Registry()


def encode(fact: Fact) -> bytes:
    """The bytes stored for a fact: compact JSON, fields in their declared order.

    What equals its declared default is left out; a released fact's defaults are as frozen as its topic.
    """
    return fact.__pydantic_serializer__.to_json(fact, exclude_defaults=True)
