"""Changes to a bundle that are made together, as by somebody who knows the format and fits one to another.

Each change takes the files of a bundle, those of other bundles of the same trial to take things from, and
chance; it returns other files. `fitted` then makes manifest and hashes fit, as nothing but a signature stops.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import NamedTuple

from domain.ledger.entry import commitment
from domain.ledger.tree import PartialTree, Place, leaf_hash, node_hash
from tests.support.trial import TRIAL
from tests.verification.shipped import resealed

Files = dict[str, bytes]
Change = Callable[[Files, Mapping[str, Files], Random], Files]
LEDGERS = ("trial/ledger.txt", "trial/ledger.txt", "system/ledger.txt")
"""Which log is changed, the trial's more often."""

SUBTREE = re.compile(rb"[0-9a-f]{64}\t([1-5]?[0-9])\Z")


class Item(NamedTuple):
    """A line of a log: the place of its hash in the tree, the hash, and the line."""

    place: Place
    node: bytes
    line: bytes


def items(data: bytes) -> Iterator[Item]:
    """The lines of a log as a verifier counts them."""
    count = 0
    for line in data.splitlines():
        found = SUBTREE.match(line)
        level = int(found[1]) if found else 0
        if found and count % 2**level == 0:
            yield Item(Place(level, count >> level), bytes.fromhex(line[:64].decode()), line)
        else:
            level = 0
            yield Item(Place(0, count), leaf_hash((*line.split(b"\t"), b"")[1]), line)
        count += 1 << level


def fitted(files: Files) -> bytes:
    """The bundle, with hashes before entries, sizes, roots and sums made to fit what is in it."""
    files = dict(files)
    for part in ("trial", "system"):
        name, tree, size, lines = f"{part}/ledger.txt", PartialTree(), 0, list[bytes]()
        for place, node, line in items(files.get(name, b"")):
            tree.add(place, node)
            size = place.last_leaf + 1
            columns = line.split(b"\t")
            lines.append(line if len(columns) != 4 else b"\t".join((node.hex().encode(), *columns[1:])))
        if name in files:
            files[name] = b"".join(line + b"\n" for line in lines)
            root = (tree.root_at(size) or b"").hex() or "0" * 64
            told = rf"\n{part} \1 {size} {root}".encode()
            files["manifest.txt"] = re.sub(rb"\n%s (\S+) .*" % part.encode(), told, files["manifest.txt"])
    times = re.findall(rb'"recorded_at":"([^"]{27})"', files.get("trial/ledger.txt", b""))
    if times:
        files["manifest.txt"] = re.sub(rb"\nas_of .*", b"\nas_of " + max(times), files["manifest.txt"])
    return resealed(files)


# ---------------------------------------------------------------- the lines of a log


def fold(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """A stretch of entries and subtrees folded into one subtree."""
    name, known = _log(files, chance)
    level = chance.choice((0, 0, 1, 1, 2, 2, 3, 4))
    starts = [each.place.nth << each.place.level for each in known]
    starts = [start for start in starts if start % 2**level == 0]
    if not starts:
        return files
    start = chance.choice(starts)
    inside = [each for each in known if start <= each.place.last_leaf < start + 2**level]
    node = _over(inside, Place(level, start >> level))
    if node is None:
        return files
    subtree = f"{node.hex()}\t{level}".encode()
    at = known.index(inside[0])
    lines = [each.line for each in known]
    return {**files, name: _joined([*lines[:at], subtree, *lines[at + len(inside) :]])}


def _over(known: list[Item], place: Place) -> bytes | None:
    """The hash of a subtree, if it follows from what is known."""
    found = next((each.node for each in known if each.place == place), None)
    if found is not None or not place.level:
        return found
    halves = [_over(known, Place(place.level - 1, place.nth * 2 + half)) for half in (0, 1)]
    left, right = halves
    return None if left is None or right is None else node_hash(left, right)


def show(files: Files, others: Mapping[str, Files], chance: Random) -> Files:
    """A subtree opened again, with entries of others in it, their facts given or said to be out of scope."""
    name, known = "trial/ledger.txt", list(items(files.get("trial/ledger.txt", b"")))
    folded = [each for each in known if each.line.count(b"\t") == 1]
    if not folded:
        return files
    opened = chance.choice(folded)
    first = opened.place.nth << opened.place.level
    every = others["whole"][name].splitlines()[first : opened.place.last_leaf + 1]
    if chance.random() < 0.7:
        rows = [line.split(b"\t") for line in every]
        every = [b"\t".join((*row[:2], b"withheld scope", row[3])) for row in rows]
    lines = [each.line for each in known]
    at = known.index(opened)
    return {**files, name: _joined([*lines[:at], *every, *lines[at + 1 :]])}


def double(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """A line said twice."""
    name, known = _log(files, chance)
    lines = [each.line for each in known]
    at = chance.randrange(len(lines))
    return {**files, name: _joined([*lines[: at + 1], *lines[at:]])}


def drop(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """A line taken out, and what follows moved up."""
    name, known = _log(files, chance)
    lines = [each.line for each in known]
    del lines[chance.randrange(len(lines))]
    return {**files, name: moved(lines)}


def end(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """The last lines cut off."""
    name, known = _log(files, chance)
    lines = [each.line for each in known]
    return {**files, name: _joined(lines[: chance.randint(max(1, len(lines) - 12), len(lines))])}


def exchange(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """Two lines in each other's place, with or without their positions."""
    name, known = _log(files, chance)
    lines = [each.line for each in known]
    one, two = (chance.randrange(len(lines)) for _ in range(2))
    lines[one], lines[two] = lines[two], lines[one]
    return {**files, name: chance.choice((_joined, moved))(lines)}


def number(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """A number of an entry changed."""
    name, known = _log(files, chance)
    lines = [each.line for each in known]
    at, field = chance.randrange(len(lines)), chance.choice((b"position", b"version", b"command"))
    by = chance.choice((-1, 1, 5))

    def changed(found: re.Match[bytes]) -> bytes:
        return b'"%s":%d' % (field, max(0, int(found[1]) + by))

    lines[at] = re.sub(rb'"%s":(\d+)' % field, changed, lines[at], count=1)
    return {**files, name: _joined(lines)}


def reword(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """What a fact or an envelope says changed, and the commitment to it made to fit."""
    name, known = _log(files, chance)
    lines = [each.line for each in known]
    at = chance.randrange(len(lines))
    columns = lines[at].split(b"\t")
    if len(columns) != 4:
        return files
    field, column = chance.choice(((b"fact", 2), (b"envelope", 3)))
    if columns[column][32:33] != b" ":
        return files
    salt, _, said = columns[column].partition(b" ")
    said = chance.choice((said.replace(b"1", b"2"), said.replace(b":", b": ", 1), said + b" "))
    columns[column] = salt + b" " + said
    made = commitment(bytes.fromhex(salt.decode()), said).encode()
    columns[1] = re.sub(rb'"%s":"[0-9a-f]{64}"' % field, b'"%s":"%s"' % (field, made), columns[1], count=1)
    lines[at] = b"\t".join(columns)
    return {**files, name: _joined(lines)}


def withhold(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """Something withheld, on whatever ground."""
    name, known = _log(files, chance)
    lines = [each.line for each in known]
    at, column = chance.randrange(len(lines)), chance.choice((2, 2, 3))
    columns = lines[at].split(b"\t")
    if len(columns) != 4 or not columns[column]:
        return files
    ground = chance.choice((b"scope", b"masked", b"genetic", b"redacted %d" % chance.randint(1, 60)))
    columns[column] = b"withheld " + ground
    lines[at] = b"\t".join(columns)
    return {**files, name: _joined(lines)}


# ---------------------------------------------------------------- whole files


def alone(files: Files, _others: Mapping[str, Files], _chance: Random) -> Files:
    """The system log's word left out."""
    kept = {name: data for name, data in files.items() if not name.startswith("system/")}
    return {**kept, "manifest.txt": re.sub(rb"\nsystem .*", b"", files["manifest.txt"])}


def other(files: Files, others: Mapping[str, Files], chance: Random) -> Files:
    """A log, a protocol or checkpoints of another bundle of the same trial: of another participant, reader or
    time.
    """
    source = others[chance.choice(sorted(others))]
    prefix = chance.choice(("trial/ledger", "system/ledger", "trial/checkpoints/", "system/", "trial/"))
    kept = {name: data for name, data in files.items() if not name.startswith(prefix)}
    return kept | {name: data for name, data in source.items() if name.startswith(prefix)}


def relabel(files: Files, others: Mapping[str, Files], chance: Random) -> Files:
    """Another word of the manifest on what the bundle is."""
    source = others[chance.choice(sorted(others))]["manifest.txt"]
    field = chance.choice((rb"\nmasked .*", rb"\nparticipant .*", rb"\nparticipant .*", rb"\n(?:log .*\n)+"))
    told = re.search(field, source)
    named = b"\nparticipant " + chance.choice((b"S1-001", b"S1-002", b"S1-003", b"S1-404", b"all"))
    new = named if field.startswith(rb"\npart") else b"" if told is None else told[0]
    return {**files, "manifest.txt": re.sub(field, lambda _: new, files["manifest.txt"], count=1)}


def replay(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """A checkpoint under another's name, with another's size, or of another log; or left out."""
    names = sorted(name for name in files if name.endswith(".note"))
    if not names:
        return files
    one, two = (chance.choice(names) for _ in range(2))
    match chance.choice(("under", "beside", "out", "size", "only")):
        case "under":
            return {**files, two: files[one]}
        case "beside":
            return {**files, f"{two[:-5]}-2.note": files[one]}
        case "out":
            return {name: data for name, data in files.items() if name != one}
        case "size":
            origin, size, rest = files[one].split(b"\n", 2)
            return {**files, two: b"\n".join((origin, files[two].split(b"\n")[1] or size, rest))}
        case _:
            return {name: data for name, data in files.items() if name not in names or name == one}


CHANGES: tuple[Change, ...] = (
    fold,
    fold,
    show,
    double,
    drop,
    end,
    exchange,
    number,
    reword,
    withhold,
    alone,
    other,
    relabel,
    replay,
    replay,
)


def combined(kind: str, bundles: Mapping[str, Files], chance: Random) -> bytes:
    """A bundle of a kind with two to four changes made together, all made to fit."""
    files, others = dict(bundles[kind]), {name: each for name, each in bundles.items() if name != kind}
    others["whole"] = bundles["whole"]
    for change in chance.choices(CHANGES, k=chance.randint(2, 4)):
        files = change(files, others, chance)
    return fitted(files)


def _log(files: Files, chance: Random) -> tuple[str, list[Item]]:
    """One of the logs that are here."""
    names = [name for name in LEDGERS if files.get(name)]
    if not names:
        return LEDGERS[0], [Item(Place(0, 0), b"", b"")]
    name = chance.choice(names)
    return name, list(items(files[name]))


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def moved(lines: list[bytes]) -> bytes:
    """Lines with the positions that they now have; commands and their envelopes moved with them."""
    made, firsts = list[bytes](), dict[int, int]()
    for place, _, line in items(_joined(lines)):
        columns, position = line.split(b"\t"), place.nth + 1
        try:
            entry = json.loads(columns[1])
            old, entry["position"] = entry["position"], position
            if entry["command"] == old:
                firsts[old] = position
                salt, blank, said = columns[3].partition(b" ")
                if salt != b"withheld":
                    told = json.loads(said)
                    told |= {"first": position, "last": told["last"] + position - told["first"]}
                    said = json.dumps(told, separators=(",", ":"), sort_keys=True).encode()
                    columns[3] = salt + blank + said
                    entry["envelope"] = commitment(bytes.fromhex(salt.decode()), said)
            entry["command"] = firsts.get(entry["command"], entry["command"])
        except (ValueError, LookupError, TypeError):  # No entry, or an envelope that was made none.
            made.append(line)
        else:
            columns[1] = json.dumps(entry, separators=(",", ":"), sort_keys=True).encode()
            made.append(b"\t".join(columns))
    return _joined(made)


# ---------------------------------------------------------------- what verifies is true


def untrue(data: Files, honest: Mapping[str, Files], signed: Mapping[str, int]) -> list[str]:
    """What in a bundle that verified is not as it was, in logs `signed` to these sizes; it should be nothing.

    Every signed entry that is here is the one that stood there, and what is given of it is what it said; and
    where a participant is asked about, or the log speaks of itself, none is missing but the last.
    """
    wrong = []
    code = re.findall(rb"\nparticipant (.*)", data["manifest.txt"])[0].decode()
    for part, size in signed.items():
        known: dict[int, list[bytes]] = {}
        for files in honest.values():
            for position, columns in _entries(files[f"{part}/ledger.txt"], size):
                before = known.get(position, columns)
                both = zip(columns, before, strict=True)
                known[position] = [then if _is_withheld(now) else now for now, then in both]
        shown = dict(_entries(data[f"{part}/ledger.txt"], size))
        for position, columns in shown.items():
            was = known.get(position, [b""] * 4)
            both = zip(columns, was, strict=True)
            if any(now != then and not _is_withheld(now) for now, then in both):
                wrong.append(f"{part} at {position}")
        for stream in (f"participant/{code}", "log/_self", f"log/{TRIAL}"):
            named = f'"stream":"{stream}"'.encode()
            there, here = (
                [position for position, row in sorted(rows.items()) if named in row[1]]
                for rows in (known, shown)
            )
            if here != there[: len(here)]:
                wrong.append(f"{part} of {stream}")
    return wrong


def _entries(data: bytes, size: int) -> Iterator[tuple[int, list[bytes]]]:
    """The entries up to a size: position and columns."""
    for place, _, line in items(data):
        columns = line.split(b"\t")
        if len(columns) == 4 and place.nth < size:
            yield place.nth + 1, columns


def _is_withheld(column: bytes) -> bool:
    return column.startswith(b"withheld ")
