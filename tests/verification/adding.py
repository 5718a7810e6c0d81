"""A fact put at the end of either log of a bundle, as somebody does who knows the format."""

from __future__ import annotations

import json
import re
from typing import Any

from domain.ledger.entry import commitment
from tests.support.trial import TRIAL
from tests.verification.combining import Files, items

TEXTS = [
    "app_version",
    "authentication",
    "causation_id",
    "command_id",
    "correlation_id",
    "delegation",
    "digest",
    "kind",
    "name",
    "origin",
    "origin_id",
    "reason_code",
    "reason_text",
    "session",
    "site",
]


def without_notes(files: Files) -> Files:
    """Nothing is signed, so that what is added needs no key."""
    return {name: data for name, data in files.items() if not name.endswith(".note")}


def added(files: Files, part: str, topic: str, stream: str, said: dict[str, Any] | bytes) -> Files:
    """The files with the fact in a command of its own; `combining.fitted` makes the rest fit."""
    name, salt = f"{part}/ledger.txt", bytes(16)
    lines = list(items(files[name]))
    position = lines[-1].place.last_leaf + 2
    at = max(
        re.findall(
            rb'"recorded_at":"([^"]{27})"',
            b"".join(files[each] for each in files if each.endswith("ledger.txt")),
        )
    )
    who = {"actor": "somebody", "role": "system", "recorded_at": at.decode()}
    envelope = _line({**dict.fromkeys(TEXTS, ""), **who, "first": position, "last": position})
    fact = said if isinstance(said, bytes) else _line(said)
    entry = {
        **who,
        "command": position,
        "effective_at": at.decode(),
        "envelope": commitment(salt, envelope),
        "fact": commitment(salt, fact),
        "log": TRIAL if part == "trial" else "_system",
        "position": position,
        "protocol_version": "",
        "stream": stream,
        "topic": topic,
        "v": 1,
        "version": files[name].count(f'"stream":"{stream}"'.encode()) + 1,
    }
    given = [salt.hex().encode() + b" " + each for each in (fact, envelope)]
    return {**files, name: files[name] + b"\t".join((b"", _line(entry), *given)) + b"\n"}


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":"), sort_keys=True).encode()
