"""Rewriting a bundle as somebody does who knows the format: everything made to fit but what takes a key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from adapters.zipped import unzipped
from domain.ledger.entry import commitment
from domain.ledger.tree import Frontier, leaf_hash
from tests.verification.shipped import resealed

Entry = dict[str, Any]


class Rewriting:
    """The trial's log of a whole bundle, opened to be changed. `sealed` makes a bundle of it again."""

    def __init__(self, data: bytes) -> None:
        self.files = dict(unzipped(data).files)
        lines = [line.decode().split("\t") for line in self.files["trial/ledger.txt"].splitlines()]
        self.entries = [json.loads(entry) for _, entry, _, _ in lines]
        self.facts = {place: _given(fact) for place, (_, _, fact, _) in enumerate(lines, start=1)}
        self.envelopes = {place: _given(row[3]) for place, row in enumerate(lines, start=1) if row[3]}

    def without_system(self) -> Rewriting:
        """Leave out the system log's word."""
        self.files = {name: data for name, data in self.files.items() if not name.startswith("system/")}
        return self

    def without_checkpoints(self, *, above: int = 0) -> Rewriting:
        """Leave out the trial's checkpoints above a size."""
        prefix = "trial/checkpoints/"
        self.files = {
            name: data
            for name, data in self.files.items()
            if not (name.startswith(prefix) and int(name.removeprefix(prefix)[:12]) > above)
        }
        return self

    def say(self, position: int, change: Callable[[str], str]) -> Rewriting:
        """Change what a fact says, and its commitment with it."""
        row = self.facts[position]
        row["text"] = change(row["text"])
        committed = commitment(bytes.fromhex(row["salt"]), row["text"].encode())
        self.entries[position - 1]["fact"] = committed
        return self

    def add(self, topic: str, stream: str, version: int, text: str) -> Rewriting:
        """Put a fact at the end, by whoever wrote the last one, in a command of its own."""
        position, opener = len(self.entries) + 1, max(self.envelopes)
        envelope, salt = dict(self.envelopes[opener]), "0" * 32
        told = json.loads(envelope["text"]) | {"first": position, "last": position}
        envelope["text"] = json.dumps(told, separators=(",", ":"), sort_keys=True)
        self.envelopes[position], self.facts[position] = envelope, {"salt": salt, "text": text}
        entry = dict(self.entries[opener - 1]) | {"topic": topic, "stream": stream, "version": version}
        entry |= {"position": position, "command": position, "fact": commitment(bytes(16), text.encode())}
        entry["envelope"] = commitment(bytes.fromhex(envelope["salt"]), envelope["text"].encode())
        self.entries.append(entry)
        return self

    def renumber(self, order: list[int]) -> Rewriting:
        """Keep the facts of these positions in this order: whole commands only, renumbered throughout."""
        entries, facts, envelopes, first = [], {}, {}, 0
        for new, old in enumerate(order, start=1):
            entry = dict(self.entries[old - 1])
            if entry["command"] == old:
                first, row = new, dict(self.envelopes[old])
                told = json.loads(row["text"])
                told |= {"first": new, "last": new + told["last"] - told["first"]}
                row["text"] = json.dumps(told, separators=(",", ":"), sort_keys=True)
                entry["envelope"] = commitment(bytes.fromhex(row["salt"]), row["text"].encode())
                envelopes[new] = row
            facts[new] = self.facts[old]
            entries.append(entry | {"position": new, "command": first})
        self.entries, self.facts, self.envelopes = entries, facts, envelopes
        return self

    def commands(self) -> list[list[int]]:
        """The positions of each command."""
        found: dict[int, list[int]] = {}
        for entry in self.entries:
            found.setdefault(entry["command"], []).append(entry["position"])
        return list(found.values())

    def root(self) -> tuple[int, bytes]:
        """How many entries there are now, and the root over them."""
        tree = Frontier()
        for line in self._entry_lines():
            tree.append(leaf_hash(line))
        return tree.size, tree.root()

    def _entry_lines(self) -> list[bytes]:
        return [json.dumps(each, separators=(",", ":"), sort_keys=True).encode() for each in self.entries]

    def sealed(self) -> bytes:
        """The bundle, with manifest, hashes and sums made to fit."""
        lines, files = [], self.files
        for place, entry in enumerate(self._entry_lines(), start=1):
            given = [self.facts[place], *filter(None, [self.envelopes.get(place)])]
            columns = [f"{row['salt']} {row['text']}".encode() for row in given]
            lines.append(b"\t".join((leaf_hash(entry).hex().encode(), entry, *columns, b"")[:4]) + b"\n")
        files["trial/ledger.txt"] = b"".join(lines)
        size, root = self.root()
        at = max(entry["recorded_at"] for entry in self.entries)
        manifest = re.sub(
            r"\ntrial (\S+) .*", rf"\ntrial \1 {size} {root.hex()}", files["manifest.txt"].decode()
        )
        manifest = re.sub(r"\nas_of .*", f"\nas_of {at}", manifest)
        if not any(name.startswith("system/") for name in files):
            manifest = re.sub(r"\nsystem .*", "", manifest)
        files["manifest.txt"] = manifest.encode()
        return resealed(files)


def _given(column: str) -> Entry:
    """What is given: salt and text."""
    salt, _, text = column.partition(" ")
    return {"salt": salt, "text": text}
