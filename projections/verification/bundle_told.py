"""What a bundle in which all else is right says of itself: renewals made again, and what signatures cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from domain.casebook_paths import CASEBOOK, within
from domain.errors import Invalid
from domain.ledger.covered import covered_leaves
from domain.ledger.note import LOG_KEY, Key, Note, Verified
from domain.ledger.policy import Policy
from domain.ledger.renewal import Renewal, RenewedTree
from domain.ledger.tree import leaf_hash
from projections.verification.bundle_lines import UNREADABLE, Given, Line, line_of, lines_of
from projections.verification.bundle_log import BundleLog
from projections.verification.bundle_manifest import PathForm
from projections.verification.findings import Check, Findings
from projections.verification.said import said_in
from projections.verification.signed import Trust
from projections.verification.word import Word


def _lines(log: BundleLog) -> Iterator[Line]:
    """The entries that are here, each with what it commits to."""
    return (line for line in map(line_of, lines_of(log.file)) if isinstance(line, Line))


def _salted(given: Given) -> bytes | None:
    return None if given.salt is None or given.data is None else given.salt + given.data


# ---------------------------------------------------------------- renewals


class Renewed(NamedTuple):
    """A renewal of a log that holds: under which algorithm, of how many entries, and whether it could be made
    again from the bundle.
    """

    algorithm: str
    size: int
    made_again: bool


def check_bundle_renewals(log: BundleLog, word: Word, trust: Trust, found: Findings) -> list[Renewed]:
    """Hold every renewal of a log that the system log's word tells of against it: its signature, and where
    everything up to there is in the bundle the tree made anew.
    """
    first_withheld = min((each.position for each in log.withheld), default=log.count + 1)
    origins, holding = [life.origin for life in log.lives], []
    for position, (of, text) in word.renewals.items():
        try:
            note = Note.parse(text)
            renewal = Renewal.parse(note.text)
        except Invalid as error:
            found.add("system", position, Check.RENEWAL, error.message)
            continue
        origin, size, algorithm, root = renewal
        if of != log.log or size > log.count:
            continue
        is_all_here = log.is_whole and size < first_withheld
        rotations = log.word.rotations
        policy = rotations.over(trust.over(origins), origin, size, log.coverage.size)
        due = rotations.due(origin, size)
        if origin not in origins or not _is_signed(note, origin, due, policy, trust.verified):
            what = f"the renewal of {size} entries under {algorithm} bears no signature that counts"
            found.add(log.name, size, Check.RENEWAL, what)
        elif is_all_here and _renewed_root(log, size, algorithm) != root:
            what = f"under {algorithm} the first {size} entries are not those that were renewed"
            found.add(log.name, size, Check.RENEWAL, what)
        else:
            holding.append(Renewed(algorithm, size, is_all_here))
    return holding


def _is_signed(note: Note, origin: str, due: Key | None, policy: Policy, verified: Verified) -> bool:
    """Whether a key of that name signed a note, as the one that is due must, and no key that counts is named
    in it falsely.
    """
    keys = (*policy.logs, *policy.witnesses.values())
    made = [key for key in keys if note.is_named(key) and note.signed_by(key, verified)]
    false = any(note.is_named(key) and key not in made for key in keys)
    signers = [key for key in made if key.kind == LOG_KEY and key.name == origin]
    return not false and bool(signers) and due in (None, *signers)


def _renewed_root(log: BundleLog, size: int, algorithm: str) -> bytes:
    tree = RenewedTree(algorithm)
    for line in islice(_lines(log), size):
        tree.append(line.entry, _salted(line.fact) or b"", _salted(line.envelope))
    return tree.root()


# ---------------------------------------------------------------- what is covered


def check_bundle_covered(log: BundleLog, forms: Mapping[str, PathForm], found: Findings) -> list[int]:
    """Hold every signature and verification of a record against what stood there. The positions of those that
    cannot be: which record a withheld fact belongs to may not be known.
    """
    words = log.word.covering
    if not words:
        return []
    streams = {line.stream for line in _lines(log) if line.position in words}
    told: dict[int, str] = {}
    facts: dict[str, list[Line]] = {stream: [] for stream in streams}
    for line in _lines(log):
        if line.position in words:
            told[line.position] = line.stream
        if line.stream in streams and line.topic in forms:
            facts[line.stream].append(line)
    paths: dict[str, list[_Placed] | None] = {stream: _placed(facts[stream], forms) for stream in streams}
    unknown = []
    for position, word in words.items():
        known = paths[told[position]]
        covered = [each for each in known or () if each.position <= word.covers]
        if word.record != CASEBOOK and any(each.path is None for each in covered):
            unknown.append(position)
            continue
        leaves = [(each.position, each.leaf) for each in covered if within(word.record, each.path or "")]
        code = told[position].partition("/")[2]
        made = covered_leaves(log.log, code, word.record, leaves)
        if known is None or (len(leaves), made) != (word.facts, word.content):
            what = f"what is signed of {word.record} is not what stood there at {word.covers}"
            found.add(log.name, position, Check.COVERED, what)
    return unknown


class _Placed(NamedTuple):
    """A fact by its path within the casebook: None where it is withheld."""

    position: int
    path: str | None
    leaf: bytes


def _placed(lines: Iterable[Line], forms: Mapping[str, PathForm]) -> list[_Placed] | None:
    """Facts by their paths; None where one cannot be read."""
    try:
        return [
            _Placed(line.position, _path(forms[line.topic], line.fact.data), leaf_hash(line.entry))
            for line in lines
        ]
    except UNREADABLE:
        return None


def _path(form: PathForm, data: bytes | None) -> str | None:
    if "{" not in form.path:
        return form.path
    return None if data is None else form.filled(said_in(data))
