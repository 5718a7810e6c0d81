"""What a bundle in which all else is right says of itself: renewals made again, and what signatures cover."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from domain.casebook_paths import CASEBOOK, within
from domain.errors import Invalid
from domain.ledger.covered import covered_leaves
from domain.ledger.entry import SALT_BYTES
from domain.ledger.note import Note
from domain.ledger.renewal import Renewal, RenewedTree
from domain.ledger.tree import leaf_hash
from projections.verification.bundle_log import BundleLog
from projections.verification.findings import Check, Findings
from projections.verification.forms import entry_form
from projections.verification.records import UNREADABLE, given, lines_of
from projections.verification.signed import Trust
from projections.verification.word import Word

_FIELD = re.compile(r"\{([a-z_]+)(?:=([a-z0-9_-]+))?\}")
_FORM = re.compile(rf"(?:[a-z0-9_/-]|{_FIELD.pattern})+\Z")


class _Fact(NamedTuple):
    """An entry with what it commits to: salt and bytes, None where they are withheld or there are none."""

    position: int
    stream: str
    topic: str
    entry: bytes
    fact: bytes | None
    envelope: bytes | None


def _facts(log: BundleLog) -> Iterator[_Fact]:
    facts, envelopes = lines_of(log.file("payloads.txt")), lines_of(log.file("envelopes.txt"))
    entries = log.file("entries.jsonl")
    match = entry_form(entries)
    for line in lines_of(entries):
        found = match(line)
        if found is not None:
            fact, envelope = given(next(facts)), given(next(envelopes)) if found[3] else None
            yield _Fact(
                int(found[6]),
                found[9].decode(),
                found[10].decode(),
                line,
                fact and fact.salted,
                envelope and envelope.salted,
            )


# ---------------------------------------------------------------- renewals


class Renewed(NamedTuple):
    """A renewal of a log that holds: under which algorithm, of how many entries, and whether it could be made
    again from the bundle.
    """

    algorithm: str
    size: int
    made_again: bool


def check_bundle_renewals(log: BundleLog, word: Word, trust: Trust, found: Findings) -> list[Renewed]:
    """Hold the newest renewal of a log under each algorithm that the system log's word tells of: its
    signature, and where everything up to there is in the bundle the tree made anew.
    """
    newest: dict[str, tuple[Renewal, Note]] = {}
    for position, (of, text) in word.renewals.items():
        try:
            note = Note.parse(text)
            renewal = Renewal.parse(note.text)
        except Invalid as error:
            found.add("system", position, Check.RENEWAL, error.message)
            continue
        known = newest.get(renewal.algorithm)
        if of == log.told.log and renewal.size <= log.end and (not known or known[0].size <= renewal.size):
            newest[renewal.algorithm] = renewal, note
    origins = [life.origin for life in log.lives]
    keys = [key for key in trust.over(origins).logs if key.name in origins]
    first_withheld = min((each.position for each in log.withheld), default=log.end + 1)
    holding = []
    for renewal, note in newest.values():
        origin, size, algorithm, root = renewal
        is_all_here = log.told.whole and size < first_withheld
        if origin not in origins or not any(note.signed_by(key, trust.verified) for key in keys):
            what = f"the renewal of {size} entries under {algorithm} bears no signature that counts"
            found.add(log.name, size, Check.RENEWAL, what)
        elif is_all_here and _renewed_root(log, size, algorithm) != root:
            what = f"under {algorithm} the first {size} entries are not those that were renewed"
            found.add(log.name, size, Check.RENEWAL, what)
        else:
            holding.append(Renewed(algorithm, size, is_all_here))
    return holding


def _renewed_root(log: BundleLog, size: int, algorithm: str) -> bytes:
    tree = RenewedTree(algorithm)
    for each in _facts(log):
        if tree.size < size:
            tree.append(each.entry, each.fact or b"", each.envelope)
    return tree.root()


# ---------------------------------------------------------------- what is covered


def path_forms_of(data: bytes) -> Mapping[str, str] | None:
    """How facts tell their path, by topic, as `records.json` says; None when it is not in its form."""
    try:
        forms = json.loads(data.decode())
        text = f"{json.dumps(forms, ensure_ascii=False, indent=1, sort_keys=True)}\n"
        is_right = all(type(form) is str and _FORM.match(form) for form in forms.values())
    except (*UNREADABLE, AttributeError):
        return None
    return forms if is_right and text.encode() == data else None


def check_bundle_covered(log: BundleLog, forms: Mapping[str, str], found: Findings) -> list[int]:
    """Hold every signature and verification of a record against what stood there. The positions of those that
    cannot be: which record a withheld fact belongs to may not be known.
    """
    words = log.word.covering
    if not words:
        return []
    streams = {each.stream for each in _facts(log) if each.position in words}
    told: dict[int, str] = {}
    paths: dict[str, list[_Placed]] = {stream: [] for stream in streams}
    for each in _facts(log):
        if each.position in words:
            told[each.position] = each.stream
        elif each.stream in streams and each.topic in forms:
            placed = _Placed(each.position, _path(forms[each.topic], each.fact), leaf_hash(each.entry))
            paths[each.stream].append(placed)
    unknown = []
    for position, word in words.items():
        facts = [each for each in paths[told[position]] if each.position <= word.covers]
        if word.record != CASEBOOK and any(each.path is None for each in facts):
            unknown.append(position)
            continue
        leaves = [(each.position, each.leaf) for each in facts if within(word.record, each.path or "")]
        code = told[position].partition("/")[2]
        made = covered_leaves(log.told.log, code, word.record, leaves)
        if (len(leaves), made) != (word.facts, word.content):
            what = f"what is signed of {word.record} is not what stood there at {word.covers}"
            found.add(log.name, position, Check.COVERED, what)
    return unknown


class _Placed(NamedTuple):
    """A fact by its path within the casebook: None where it is withheld, "" where it tells none."""

    position: int
    path: str | None
    leaf: bytes


def _path(form: str, given: bytes | None) -> str | None:
    if "{" not in form:
        return form
    if given is None:
        return None
    try:
        said = json.loads(given[SALT_BYTES:].decode())
        return _FIELD.sub(partial(_value, said), form)
    except (*UNREADABLE, AttributeError):
        return ""


def _value(said: Mapping[str, object], name: re.Match[str]) -> str:
    return str(said[name[1]] if name[2] is None else said.get(name[1], name[2]))
