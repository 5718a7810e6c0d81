"""Rewriting a bundle as somebody does who knows the format: everything made to fit but what takes a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from adapters.bundle.zipped import unzipped
from domain.ledger.entry import commitment
from domain.ledger.tree import Frontier, leaf_hash
from tests.verification.shipped import resealed

Entry = dict[str, Any]


class Rewriting:
    """The trial's log of a whole bundle, opened to be changed. `sealed` makes a bundle of it again."""

    def __init__(self, data: bytes) -> None:
        self.files = dict(unzipped(data).files)
        self.entries = [json.loads(line) for line in self._lines("entries.jsonl")]
        self.facts = self._given("payloads.txt")
        self.envelopes = self._given("envelopes.txt")

    def _lines(self, name: str) -> list[bytes]:
        return self.files[f"trial/{name}"].splitlines()

    def _given(self, name: str) -> dict[int, Entry]:
        """What is given by position: position, salt and text."""
        rows = (line.decode().split(" ", 2) for line in self._lines(name))
        return {int(row[0]): {"position": int(row[0]), "salt": row[1], "text": row[2]} for row in rows}

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

    def renumber(self, order: list[int]) -> Rewriting:
        """Keep the facts of these positions in this order: whole commands only, renumbered throughout."""
        new = {old: number for number, old in enumerate(order, start=1)}
        entries, facts, envelopes = [], {}, {}
        for old in order:
            entry = dict(self.entries[old - 1])
            opens = entry["command"] == old
            entry |= {"position": new[old], "command": new[entry["command"]]}
            facts[new[old]] = {**self.facts[old], "position": new[old]}
            if opens:
                row = {**self.envelopes[old], "position": new[old]}
                told = json.loads(row["text"])
                told |= {"first": new[old], "last": new[old] + told["last"] - told["first"]}
                row["text"] = json.dumps(told, separators=(",", ":"), sort_keys=True)
                entry["envelope"] = commitment(bytes.fromhex(row["salt"]), row["text"].encode())
                envelopes[new[old]] = row
            entries.append(entry)
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
        """The bundle, with manifest, leaves and sums made to fit."""
        lines, files = self._entry_lines(), self.files
        files["trial/entries.jsonl"] = b"".join(line + b"\n" for line in lines)
        files["trial/leaves.txt"] = b"".join(leaf_hash(line).hex().encode() + b"\n" for line in lines)
        for name, rows in (("payloads", self.facts), ("envelopes", self.envelopes)):
            told = (f"{row['position']} {row['salt']} {row['text']}\n" for _, row in sorted(rows.items()))
            files[f"trial/{name}.txt"] = "".join(told).encode()
        manifest = json.loads(files["manifest.json"])
        size, root = self.root()
        manifest["parts"]["trial"] |= {"size": size, "root": root.hex()}
        manifest["as_of"] = max(entry["recorded_at"] for entry in self.entries)
        if not any(name.startswith("system/") for name in files):
            manifest["parts"].pop("system", None)
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
        files["manifest.json"] = f"{text}\n".encode()
        return resealed(files)
