"""The whole log of a bundle in stretches, each read in one tight loop, here or in a process of its own.

A stretch that is right in every respect tells what the rest of verification must know. One that is not tells
nothing: then the log is gone over entry by entry (`bundle_log`), to say what is wrong.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import count
from json.encoder import encode_basestring_ascii
from typing import NamedTuple

from domain.ledger.entry import SALT_BYTES
from domain.ledger.tree import Frontier
from projections.verification.bundle_lines import (
    GROUNDS,
    LINE,
    MASKED_OR_OUT_OF_SCOPE,
    MOST_BYTES,
    OUT_OF_SCOPE,
    UNREADABLE,
    WITHHELD,
    envelope_of,
    salted,
)
from projections.verification.word import TOPICS

ENTRIES = 1 << 10
"""How many entries a stretch has: a power of two, so that each is a complete subtree."""

_TOPICS = frozenset(topic.encode() for topic in TOPICS)
_POSITION = re.compile(rb'"position":([0-9]{1,18}),')

Who = tuple[bytes, bytes, bytes, bytes]
"""A command as its entries name it: its position, its time, its actor and their role."""


class Stretch(NamedTuple):
    """The lines of a whole log after a position; `sizes` are those at which the root is wanted."""

    after: int
    log: bytes
    lines: bytes
    sizes: tuple[int, ...]


class Walked(NamedTuple):
    """A stretch that is right in itself.

    `goes_on` is the command that its first entries belong to, up to the position `to` (0 where it begins with
    a command of its own), `opens` the first position that opens one (0: none does). `command` and `last` are
    how it ends. `peaks` are the complete subtrees of its own at each size wanted and at its end; `streams`
    are the streams in it, each with its first and its last version.
    """

    length: int
    goes_on: Who | None
    to: int
    opens: int
    command: Who | None
    last: int
    first_at: bytes
    clock: bytes
    peaks: dict[int, tuple[bytes, ...]]
    streams: dict[bytes, tuple[int, int]]
    spoken: list[tuple[int, str, bytes]]
    withheld: list[tuple[int, str, str]]


Walk = Callable[[Iterable[Stretch]], Iterable[Walked | None]]
"""Goes over stretches, in order. It may have begun when what it gives is first asked for."""


class Whole(NamedTuple):
    """A whole log that is right: how many entries, its clock, the roots wanted, what its facts say."""

    length: int
    clock: str
    roots: dict[int, bytes]
    spoken: list[tuple[int, str, bytes]]
    withheld: list[tuple[int, str, str]]


def walked(stretches: Iterable[Stretch]) -> Iterator[Walked | None]:
    """Go over stretches in this process."""
    return map(walk, stretches)


def whole_log(log: str, data: bytes, sizes: Iterable[int], walks: Walk = walked) -> Whole | None:
    """Go over the lines of a whole log; None when anything in it is not right, or is not as usual."""
    stretches = list(_cut(log, data, sorted(sizes)))
    if not stretches:
        return None
    tree, roots = Frontier(), {0: Frontier().root()}
    spoken: list[tuple[int, str, bytes]] = []
    withheld: list[tuple[int, str, str]] = []
    command, last, clock = None, 0, b""
    versions: dict[bytes, int] = {}
    for each in walks(stretches):
        if each is None or each.first_at < clock or each.goes_on not in (None, command):
            return None
        if (each.goes_on and last and each.to > last) or (each.opens and last not in (0, each.opens - 1)):
            return None
        for stream, (version, newest) in each.streams.items():
            if version != versions.get(stream, 0) + 1:
                return None
            versions[stream] = newest
        for size, peaks in each.peaks.items():
            both = [*tree.peaks, *peaks]
            roots[tree.size + size] = Frontier((1 << len(both)) - 1, both).root()
        _extend(tree, each)
        command, last = (command, last) if each.command is None else (each.command, each.last)
        clock = each.clock
        spoken += each.spoken
        withheld += each.withheld
    return Whole(tree.size, clock.decode(), roots, spoken, withheld)


def _extend(tree: Frontier, stretch: Walked) -> None:
    """Add a stretch's own subtrees to the tree before it."""
    peaks = list(stretch.peaks[stretch.length])
    if stretch.length == ENTRIES:
        node, place = peaks[0], tree.size // ENTRIES
        while place & 1:
            node, place = sha256(b"\x01" + tree.peaks.pop() + node).digest(), place >> 1
        peaks = [node]
    tree.peaks += peaks
    tree.size += stretch.length


# ---------------------------------------------------------------- cutting


def _cut(log: str, data: bytes, sizes: Sequence[int]) -> Iterator[Stretch]:
    """The stretches of a log; none where it does not end with a line's end. Where the lines do not ascend
    they are cut somewhere else, or not at all, and are found not to be right.
    """
    written, after, begin = encode_basestring_ascii(log)[1:-1].encode(), 0, 0
    while data.endswith(b"\n") and begin < len(data):
        upto = after + ENTRIES
        end = _end(data, begin, upto)
        wanted = tuple(each - after for each in sizes if after < each <= upto)
        if end == begin:
            end = len(data)
        yield Stretch(after, written, data[begin:end], wanted)
        begin, after = end, upto


def _end(data: bytes, begin: int, position: int) -> int:
    """Where the lines of positions up to one end, by halving; somewhere else where they do not ascend."""
    low, high = begin, len(data)
    while low < high:
        middle = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
        stop = data.find(b"\n", middle) + 1
        found = _POSITION.search(data, middle, stop)
        if found is None:
            return low
        if int(found[1]) <= position:
            low = stop
        else:
            high = middle
    return low


# ---------------------------------------------------------------- the tight loop


def walk(stretch: Stretch) -> Walked | None:
    """Go over one stretch; None when anything in it is not right, or is not as usual."""
    try:
        return _walk(stretch)
    except (*UNREADABLE, StopIteration, IndexError):
        return None


def _walk(stretch: Stretch) -> Walked | None:
    after, log, data, sizes = stretch
    lines = data.split(b"\n")[:-1]
    hashed: list[bytes] = []
    leaves: list[bytes] = []
    withheld: list[tuple[int, str, str]] = []
    command: Who | None = None
    goes_on: Who | None = None
    last = to = opens = 0
    clock, first_at = b"", b""
    spoken: list[tuple[int, str, bytes]] = []
    begun: dict[bytes, int] = {}
    versions: dict[bytes, int] = {}
    for position, found in zip(count(after + 1), map(LINE.match, lines), strict=False):
        if found is None:
            return None
        told, entry, actor, first, envelope, fact, of, place, _, at, role, stream, topic, nth, given, sent = (
            found.groups()
        )
        hashed.append(sha256(b"\x00" + entry).digest())
        leaves.append(told)
        if place != b"%d" % position or of != log or at < clock or len(entry) > MOST_BYTES:
            return None
        who = first, at, actor, role
        if first == place:
            if envelope is None or (command is not None and last not in (0, position - 1)):
                return None
            command, opens, clock = who, opens or position, at
            told_of = _given(position, "envelope", envelope, sent, withheld, MASKED_OR_OUT_OF_SCOPE)
            last = _last(told_of, position, who)
        elif envelope is not None or who != (command or goes_on or who) or 0 < last < position:
            return None
        elif command is None:
            goes_on, to, clock = who, position, at
        first_at = first_at or at
        version = int(nth)
        if version != versions.get(stream, version - 1) + 1:
            return None
        if stream not in versions:
            begun[stream] = version
        versions[stream] = version
        barred = GROUNDS if topic in _TOPICS else OUT_OF_SCOPE
        said = _given(position, "fact", fact, given, withheld, barred)
        if said is not None and topic in _TOPICS:
            spoken.append((position, topic.decode(), said[SALT_BYTES:]))
    if b"".join(hashed).hex("\n", 32).encode() != b"\n".join(leaves):
        return None
    peaks = _peaks(hashed, {*sizes, len(hashed)})
    streams = {stream: (version, versions[stream]) for stream, version in begun.items()}
    return Walked(
        len(lines), goes_on, to, opens, command, last, first_at, clock, peaks, streams, spoken, withheld
    )


def _given(
    position: int,
    what: str,
    committed: bytes,
    given: bytes,
    withheld: list[tuple[int, str, str]],
    barred: frozenset[str],
) -> bytes | None:
    """Salt and bytes of what an entry commits to; None when they are withheld. Raises ValueError for others,
    and where only the whole log can tell whether they may be.
    """
    if given.startswith(WITHHELD):
        ground = given[len(WITHHELD) :].decode()
        if " " in ground or ground in barred:
            raise ValueError(position)
        withheld.append((position, what, ground))
        return None
    data = salted(given)
    if sha256(data).digest() != unhexlify(committed):
        raise ValueError(position)
    return data


def _last(given: bytes | None, position: int, who: Who) -> int:
    """Where the command ends whose envelope is given; 0 when it is withheld."""
    if given is None:
        return 0
    told = envelope_of(given[SALT_BYTES:])
    if told is None or told[2:] != who[1:] or told.first != position or told.last < position:
        raise ValueError(position)
    return told.last


def _peaks(leaves: list[bytes], sizes: set[int]) -> dict[int, tuple[bytes, ...]]:
    """The complete subtrees of the first leaves, largest first, at each of these sizes."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=False)
        levels.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])
    bits = {size: [bit for bit in reversed(range(len(levels))) if size >> bit & 1] for size in sizes}
    return {size: tuple(levels[bit][(size >> bit) - 1] for bit in each) for size, each in bits.items()}
