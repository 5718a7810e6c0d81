"""Other words in the mouth of facts that a verifier reads, with the commitments to them made to fit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from random import Random

from domain.ledger.entry import commitment
from projections.verification.word import COVERING, RENEWED, TOPICS
from tests.verification.combining import Change, Files, alone, items

LEDGERS = ("trial/ledger.txt", "trial/ledger.txt", "system/ledger.txt")
NUMBERS = (0, 1, -1, 40, 10**19, 10**99, 10**100)
TEXTS = (b"", b"\\ud800", b"casebook", b"baseline", b"log/_self", b"trialog/T-1", b"trialog/T-1/2", b"A" * 44)
BODIES = (b"null", b"[]", b"{}", b"", b'"x"', b"{", b"\xff", b"NaN")


def say(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """A number, a text or all of what one such fact says is another."""
    return _said(files, chance.choice(LEDGERS), TOPICS, chance)


def say_last(files: Files, others: Mapping[str, Files], chance: Random) -> Files:
    """So of what is looked at only where nothing else is found: nothing is signed, and one fact changed."""
    files = {name: data for name, data in files.items() if not name.endswith(".note")}
    if chance.random() < 0.5:
        return _said(files, "system/ledger.txt", (RENEWED,), chance)
    return _said(alone(files, others, chance), "trial/ledger.txt", COVERING, chance)


def _said(files: Files, name: str, topics: Iterable[str], chance: Random) -> Files:
    read = tuple(f'"topic":"{topic}"'.encode() for topic in topics)
    lines = files.get(name, b"").splitlines()
    spoken = [at for at, line in enumerate(lines) if any(topic in line for topic in read)]
    if not spoken:
        return files
    at = chance.choice(spoken)
    columns = lines[at].split(b"\t")
    salt, _, said = columns[2].partition(b" ")
    if salt == b"withheld":
        return files
    said = _other(said, chance)
    made = commitment(bytes.fromhex(salt.decode()), said).encode()
    columns[1] = re.sub(rb'"fact":"[0-9a-f]{64}"', b'"fact":"%s"' % made, columns[1], count=1)
    columns[2] = salt + b" " + said
    lines[at] = b"\t".join(columns)
    return {**files, name: b"".join(line + b"\n" for line in lines)}


def _other(said: bytes, chance: Random) -> bytes:
    numbers = list(re.finditer(rb'(?<=":)-?[0-9]+', said))
    texts = list(re.finditer(rb'(?<=":")[^"\\]*', said))
    kind = chance.choice(("number", "number", "text", "kind", "out", "body"))
    if kind == "number" and numbers:
        found = chance.choice(numbers)
        new = b"%d" % chance.choice((*NUMBERS, int(found[0]) + 1, int(found[0]) - 1))
    elif kind == "text" and texts:
        found = chance.choice(texts)
        new = chance.choice((*TEXTS, found[0] + b"x", found[0][1:]))
    elif kind == "kind" and numbers:
        found = chance.choice(numbers)
        new = chance.choice((b"null", b"true", b"1.0", b"[]", b'"1"'))
    elif kind == "out":
        return re.sub(rb'"[a-z_]+":("[^"]*"|-?[0-9]+),?', b"", said, count=1)
    else:
        return chance.choice(BODIES)
    return said[: found.start()] + new + said[found.end() :]


def turn(files: Files, _others: Mapping[str, Files], chance: Random) -> Files:
    """A fact is of another topic."""
    name = chance.choice(LEDGERS)
    lines = files.get(name, b"").splitlines()
    if lines:
        at, topic = chance.randrange(len(lines)), chance.choice(sorted(TOPICS)).encode()
        lines[at] = re.sub(rb'"topic":"[^"]*"', b'"topic":"%s"' % topic, lines[at], count=1)
    return {**files, name: b"".join(line + b"\n" for line in lines)} if lines else files


def papers(files: Files, _others: Mapping[str, Files], _chance: Random) -> Files:
    """The protocols' documents as the facts now say them."""
    files = {name: data for name, data in files.items() if not name.startswith("protocols/")}
    for place, _, line in items(files.get("trial/ledger.txt", b"")):
        if b'"topic":"trial.protocol_' in line and line.count(b"\t") == 3:
            try:
                text = json.loads(line.split(b"\t")[2][33:])["document"].encode()
            except (ValueError, LookupError, TypeError, AttributeError):
                continue
            files[f"protocols/{place.nth + 1}.json"] = text
    return files


SAYINGS: tuple[Change, ...] = (say, say, say, turn, papers)
