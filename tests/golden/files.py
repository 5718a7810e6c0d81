"""The golden files: a history as lines, and what the fold makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from domain.casebook import Touched, TrialFold
from domain.clinical_time import ClinicalTime
from domain.document import Document
from domain.fact import FACTS
from domain.record import Entry, Record
from projections.documents import project

HERE = Path(__file__).parent
FACT_FILES = HERE / "facts"
HISTORY_FILES = HERE / "histories"


def line_of(entry: Entry, data: bytes) -> str:
    """A fact with its envelope as one line of a history; `data` is its bytes as stored."""
    record, command = entry
    told: dict[str, Any] = {
        "position": record.position,
        "stream": record.stream,
        "version": record.version,
        "topic": record.fact.TOPIC,
        "effective_at": record.effective_at,
        "protocol_version": record.protocol_version,
        "data": data.decode(),
        "command": {**command._asdict(), "attribution": asdict(command.attribution)},
    }
    return json.dumps(told, ensure_ascii=False)


def record_of(line: str) -> tuple[Record, int]:
    """The fact of a line, and the last position of its command."""
    told = json.loads(line)
    fact = FACTS.read(told["topic"], told["data"])
    record = Record(
        told["position"],
        told["stream"],
        told["version"],
        ClinicalTime(told["effective_at"]),
        told["protocol_version"],
        fact,
    )
    return record, told["command"]["last"]


def folded(lines: list[str]) -> Iterator[Document]:
    """The read-model rows that a history leaves, by model and key."""
    fold, last = TrialFold(), 0
    touched: dict[Touched, None] = {}
    for line in lines:
        record, last = record_of(line)
        for change in fold.apply(record):
            touched[change] = None
    return iter(sorted(project(fold, touched, last)))


def told(documents: Iterator[Document]) -> str:
    """Read-model rows as a file that people can compare."""
    rows = {f"{each.model} {each.key}".strip(): json.loads(each.body) for each in documents}
    return json.dumps(rows, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
