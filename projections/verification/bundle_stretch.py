"""The whole log of a bundle in stretches, each read in one tight loop, here or in a process of its own.

A stretch that is right in every respect tells what the rest of verification must know. One that is not tells
nothing: then the log is gone over entry by entry (`bundle_log`), to say what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import count
from json.encoder import encode_basestring_ascii
from typing import NamedTuple

from domain.ledger.entry import SALT_BYTES
from domain.ledger.tree import Frontier
from projections.verification.forms import MOST_BYTES, entry_form, envelope_of
from projections.verification.records import GIVEN, UNREADABLE
from projections.verification.word import TOPICS

ENTRIES = 1 << 12
"""How many entries a stretch has: a power of two, so that each is a complete subtree."""

_TOPICS = frozenset(topic.encode() for topic in TOPICS)
_POSITION = re.compile(rb'"position":([0-9]{1,18}),')
_PLACE = re.compile(b"([0-9]{1,18}) ")

Who = tuple[bytes, bytes, bytes, bytes]
"""A command as its entries name it: its position, its time, its actor and their role."""


class Stretch(NamedTuple):
    """The lines of a whole log's files after a position; `sizes` are those at which the root is wanted."""

    after: int
    log: bytes
    entries: bytes
    leaves: bytes
    payloads: bytes
    envelopes: bytes
    sizes: tuple[int, ...]


class Walked(NamedTuple):
    """A stretch that is right in itself.

    `goes_on` is the command that its first entries belong to, up to the position `to` (0 where it begins with
    a command of its own), `opens` the first position that opens one (0: none does). `command` and `last` are
    how it ends. `peaks` are the complete subtrees of its own at each size wanted and at its end.
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
    spoken: list[tuple[int, str, bytes]]
    withheld: list[tuple[int, str, str]]


Walk = Callable[[Iterable[Stretch]], Iterable[Walked | None]]
"""Goes over stretches, in order."""


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


def whole_log(
    log: str, files: Callable[[str], bytes], sizes: Iterable[int], walks: Walk = walked
) -> Whole | None:
    """Go over a whole log; None when anything in it is not right, or is not as usual."""
    stretches = list(_cut(log, files, sorted(sizes)))
    if not stretches or any(each is None for each in stretches):
        return None
    tree, roots = Frontier(), {0: Frontier().root()}
    spoken: list[tuple[int, str, bytes]] = []
    withheld: list[tuple[int, str, str]] = []
    command, last, clock = None, 0, b""
    for each in walks(stretch for stretch in stretches if stretch is not None):
        if each is None or each.first_at < clock or each.goes_on not in (None, command):
            return None
        if (each.goes_on and last and each.to > last) or (each.opens and last not in (0, each.opens - 1)):
            return None
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


def _cut(log: str, files: Callable[[str], bytes], sizes: Sequence[int]) -> Iterator[Stretch | None]:
    """The stretches of a log; None where the lines do not lie as they should."""
    entries, payloads = files("entries.jsonl"), files("payloads.txt")
    leaves, envelopes = files("leaves.txt"), files("envelopes.txt")
    size, odd = divmod(len(leaves), 65)
    if (
        odd
        or not size
        or files("proofs.txt")
        or not all(each.endswith(b"\n") for each in (entries, payloads, envelopes))
    ):
        yield None
        return
    written = encode_basestring_ascii(log)[1:-1].encode()
    data, ends = (entries, payloads, envelopes), [0, 0, 0]
    for after in range(0, size, ENTRIES):
        begins, upto = ends, min(after + ENTRIES, size)
        ends = [len(each) for each in data]
        if upto < size:
            forms = (_POSITION, _PLACE, _PLACE)
            ends = [_end(*each, upto) for each in zip(forms, data, begins, strict=True)]
        parts = [each[begin:end] for each, begin, end in zip(data, begins, ends, strict=True)]
        wanted = tuple(each - after for each in sizes if after < each <= upto)
        yield Stretch(after, written, parts[0], leaves[after * 65 : upto * 65], parts[1], parts[2], wanted)


def _end(form: re.Pattern[bytes], data: bytes, begin: int, position: int) -> int:
    """Where the lines of positions up to one end, by halving; somewhere else where they do not ascend."""
    low, high = begin, len(data)
    while low < high:
        middle = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
        stop = data.find(b"\n", middle) + 1
        found = form.search(data, middle, stop)
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
    after, log, entries, leaves, payloads, envelopes, sizes = stretch
    match, lines = entry_form(entries), entries.split(b"\n")[:-1]
    hashed = [sha256(b"\x00" + line).digest() for line in lines]
    withheld: list[tuple[int, str, str]] = []
    facts, envelope_rows = _Given(payloads, "fact", withheld), _Given(envelopes, "envelope", withheld)
    if len(lines) != facts.count or max(map(len, lines)) > MOST_BYTES:
        return None
    if b"".join(hashed).hex("\n", 32).encode() + b"\n" != leaves:
        return None
    command: Who | None = None
    goes_on: Who | None = None
    last = to = opens = 0
    clock, first_at = b"", b""
    spoken: list[tuple[int, str, bytes]] = []
    for position, found in zip(count(after + 1), map(match, lines), strict=False):
        if found is None:
            return None
        actor, opened, envelope, fact, of, number, at, role, _, topic, _ = found.groups()
        if number != b"%d" % position or of != log or at < clock:
            return None
        who = opened, at, actor, role
        if opened == number:
            if envelope is None or (command is not None and last not in (0, position - 1)):
                return None
            command, opens, clock = who, opens or position, at
            last = _last(envelope_rows.take(number, envelope), position, who)
        elif envelope is not None or who != (command or goes_on or who) or 0 < last < position:
            return None
        elif command is None:
            goes_on, to, clock = who, position, at
        first_at = first_at or at
        given = facts.take(number, fact)
        if given is not None and topic in _TOPICS:
            spoken.append((position, topic.decode(), given[SALT_BYTES:]))
    if envelope_rows.count != envelope_rows.taken:
        return None
    peaks = _peaks(hashed, {*sizes, len(hashed)})
    return Walked(len(lines), goes_on, to, opens, command, last, first_at, clock, peaks, spoken, withheld)


class _Given:
    """What the entries of a stretch commit to, line after line of a file."""

    def __init__(self, data: bytes, what: str, withheld: list[tuple[int, str, str]]) -> None:
        lines = data.split(b"\n")[:-1]
        self.count, self.taken = len(lines), 0
        self._what, self._withheld = what, withheld
        self._rows = map(GIVEN.match, lines)

    def take(self, position: bytes, committed: bytes) -> bytes | None:
        """Salt and bytes of what an entry commits to; None when they are withheld. Raises ValueError for
        others, StopIteration where there is no more.
        """
        found = next(self._rows)
        self.taken += 1
        if found is None:
            raise ValueError(position)
        place, salt, data, ground, by = found.groups()
        if place != position or by is not None:
            raise ValueError(position)
        if salt is None:
            self._withheld.append((int(position), self._what, ground.decode()))
            return None
        salted: bytes = bytes.fromhex(salt.decode()) + data
        if sha256(salted).hexdigest().encode() != committed:
            raise ValueError(position)
        return salted


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
