"""What is signed of a log's tree: checkpoints, cosignatures and time stamps, and whether they hold."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple

from domain.errors import Invalid
from domain.ledger.kept import Anchor
from domain.ledger.note import Checkpoint, Note, Signature, Verified
from domain.ledger.policy import Judgement, Policy
from projections.verification.findings import Check, Findings
from projections.verification.word import UNROTATED, Life, Rotations, holding

UNSIGNED_ANEW = "the log is declared anew here, and no checkpoint that counts bears it out"
TIME_STAMP = "tsa/"
"""How the holder of a time stamp begins."""


class Kept(NamedTuple):
    """A signed checkpoint as kept: its note with every signature, and the time stamps over its text.

    `note` is None where it cannot be read as one.
    """

    size: int
    note: Note | None
    stamps: tuple[tuple[str, bytes | None], ...] = ()


Stamped = Callable[[bytes, str], str | None]
"""When a text was stamped, by a token in DER of an authority that counts; None if it is none of it."""


class Trust(NamedTuple):
    """Whose signatures count: `policy` brought along by whoever verifies, and `known`, the keys that what is
    verified names itself, without a quorum. For a log that the policy lists, only the policy counts.

    Time stamps are held against `stamped`, where it is brought along.
    """

    verified: Verified
    policy: Policy | None = None
    known: Policy = Policy.naming(())
    stamped: Stamped | None = None

    def pins(self, origins: Iterable[str]) -> bool:
        """Whether the policy lists a key for a log of one of these names."""
        names = set(origins)
        return self.policy is not None and any(key.name in names for key in self.policy.logs)

    def lists(self, origin: str) -> bool:
        """Whether the policy lists a key for a log of this name, or of one it was declared anew under."""
        listed = () if self.policy is None else self.policy.logs
        return any(f"{key.name}/".startswith(f"{origin}/") for key in listed)

    def over(self, origins: Iterable[str]) -> Policy:
        """The policy for a log of these names."""
        if self.policy is not None and self.pins(origins):
            return self.policy
        return self.known


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a log is signed: its newest checkpoint that holds, who signed it, and what is said of the rest.

    `witnesses` are the names that cosigned it with the time in seconds since 1970 (UTC), `pinned` says that
    the keys were brought along by whoever verifies; `lost` are checkpoints whose entries are declared lost;
    `stamps` whose time stamps there are over any that holds, and `stamped` those that hold, each with how
    many entries it is over and its time; None where they were not checked.
    """

    checkpoints: int = 0
    size: int = 0
    signers: tuple[str, ...] = ()
    witnesses: tuple[tuple[str, int], ...] = ()
    unknown: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    stamped: tuple[tuple[str, int, str], ...] | None = None
    pinned: bool = False
    lost: tuple[int, ...] = ()


def kept_of(anchors: Iterable[Anchor]) -> Iterator[Kept]:
    """What is kept of a log, note by note: signatures over the same text are put together."""
    for size, group in groupby(anchors, key=lambda anchor: anchor.size):
        texts: dict[str, list[Signature]] = {}
        stamps: list[tuple[str, bytes | None]] = []
        unreadable = 0
        for anchor in group:
            if anchor.holder.startswith(TIME_STAMP):
                stamps.append((anchor.holder.removeprefix(TIME_STAMP), _decoded(anchor.note)))
                continue
            try:
                note = Note.parse(anchor.note)
            except Invalid:
                unreadable += 1
                continue
            under = texts.setdefault(note.text, [])
            under += [each for each in note.signatures if each not in under]
        over = {text: [each for each in stamps if is_over(each[1], text)] for text in texts}
        alone = [each for each in stamps if not any(each in some for some in over.values())]
        for text, signatures in sorted(texts.items()):
            yield Kept(size, Note(text, tuple(signatures)), tuple(over[text]))
        for _ in range(unreadable):
            yield Kept(size, None)
        if alone:
            yield Kept(size, None, tuple((name, None) for name, _ in alone))


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return None


def is_over(stamp: bytes | None, text: str) -> bool:
    """Whether a time stamp speaks of a checkpoint's text. Its own signature is for OpenSSL to verify."""
    return stamp is not None and sha256(text.encode()).digest() in stamp


class _Good(NamedTuple):
    kept: Kept
    note: Note
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Signed:
    """A log as its signatures are held against it: its size, the names it has had, its roots, and the changes
    of its keys.

    Of a log that is there `in_part`, the roots are those that proofs show.
    """

    log: str
    size: int
    lives: list[Life]
    root: Callable[[int], bytes | None]
    found: Findings
    in_part: bool = False
    rotations: Rotations = UNROTATED

    def judge(self, kept: Sequence[Kept], trust: Trust) -> Coverage:
        """Hold every checkpoint against the tree and its signatures, and the newest against the policy.

        The newest are looked at first: they vouch for the keys of those before them.
        """
        origins = [life.origin for life in self.lives]
        policy, pinned = trust.over(origins), trust.pins(origins)
        lost: list[int] = []
        good: list[_Good] = []
        for each in reversed(kept):
            checkpoint = self._checkpoint(each)
            if checkpoint is None or each.note is None:
                continue
            wrong = holding(self.lives, checkpoint.origin, checkpoint.size)
            if wrong is None:
                lost.append(checkpoint.size)
            elif wrong:
                self.found.add(self.log, min(each.size, self.size), Check.CHECKPOINT, wrong)
            elif self._fits(checkpoint):
                signed_to = good[0].kept.size if good else 0
                over = self.rotations.over(policy, checkpoint.origin, each.size, signed_to)
                judgement = self._judged(checkpoint, each.note, over, trust.verified)
                if judgement.logs and each.size:
                    good.append(_Good(each, each.note, judgement))
        good.reverse()
        self._check_declared(good[-1].kept.size if good else 0)
        if pinned and not good:
            what = "no checkpoint counts, and one was asked for"
            self.found.add(self.log, 0, Check.POLICY, what)
        stamps = dict.fromkeys(name for each in good for name, _ in each.kept.stamps)
        told = Coverage(
            len(kept),
            pinned=pinned,
            lost=tuple(reversed(lost)),
            stamps=tuple(stamps),
            stamped=None if trust.stamped is None else tuple(self._stamped(good, trust.stamped)),
        )
        return self._told(told, good, policy, trust.verified) if good else told

    def _stamped(self, good: Sequence[_Good], stamped: Stamped) -> Iterator[tuple[str, int, str]]:
        """The time stamps that hold; who made them, over how many entries, and when."""
        for each in good:
            for name, token in each.kept.stamps:
                at = None if token is None else stamped(token, each.note.text)
                if at is not None:
                    yield name, each.kept.size, at
                else:
                    what = f"the time stamp of {name} is of no authority that was given, or damaged"
                    self.found.add(self.log, each.kept.size, Check.SIGNATURE, what)

    def _check_declared(self, signed_to: int) -> None:
        """What is declared lost is only what the log's next signer agreed to: whoever cuts a log off could
        declare it too.
        """
        declared = max(life.declared for life in self.lives)
        if declared > signed_to:
            self.found.add(self.log, declared, Check.CHECKPOINT, UNSIGNED_ANEW)

    def _checkpoint(self, kept: Kept) -> Checkpoint | None:
        if kept.note is not None:
            try:
                checkpoint = Checkpoint.parse(kept.note.text)
            except Invalid:
                checkpoint = None
            if checkpoint is not None and checkpoint.size == kept.size:
                return checkpoint
        what = (
            "a time stamp stands for no checkpoint" if kept.stamps else "this is no checkpoint of that size"
        )
        self.found.add(self.log, kept.size, Check.CHECKPOINT, what)
        return None

    def _fits(self, checkpoint: Checkpoint) -> bool:
        size = checkpoint.size
        if size > self.size:
            what = (
                f"a checkpoint of {size} entries is signed, and the log has {self.size}: its end is missing"
            )
            self.found.add(self.log, self.size, Check.CHECKPOINT, what)
        elif self.in_part and self.root(size) is None:
            what = f"there is no proof for a checkpoint of {size} entries"
            self.found.add(self.log, size, Check.PROOF, what)
        elif self.root(size) != checkpoint.root:
            what = f"the first {size} entries are not those that were signed"
            self.found.add(self.log, size, Check.ROOT, what)
        else:
            return True
        return False

    def _judged(self, checkpoint: Checkpoint, note: Note, policy: Policy, verified: Verified) -> Judgement:
        """What a policy says of a checkpoint: no key of the log counts unless the one that is due signed."""
        size = checkpoint.size
        for key in (*policy.logs, *policy.witnesses.values()):
            if note.is_named(key) and note.signed_by(key, verified) is None:
                what = f"the signature of {key.name} is not of its key"
                self.found.add(self.log, size, Check.SIGNATURE, what)
        judgement, due = policy.judge(note, verified), self.rotations.due(checkpoint.origin, size)
        what = f"the checkpoint of {size} entries bears no signature of a key that counts"
        if judgement.logs and due is not None and due not in judgement.logs:
            judgement = judgement._replace(logs=())
            what = f"the checkpoint of {size} entries is not signed by {due}, to which the log had changed"
        if not judgement.logs:
            self.found.add(self.log, size, Check.SIGNATURE, what)
        return judgement

    def _told(self, told: Coverage, good: Sequence[_Good], policy: Policy, verified: Verified) -> Coverage:
        """With the newest checkpoint, which may be here in several notes: a cosignature under any counts."""
        kept, note, judgement = good[-1]
        times: dict[str, int] = {}
        for each in good:
            for name in each.judgement.witnesses if each.note.text == note.text else ():
                signature = each.note.signed_by(policy.witnesses[name], verified)
                times[name] = signature.seconds if signature is not None else 0
        if not policy.is_met_by(times):
            lacking, have = ", ".join(policy.wanting(times)), ", ".join(times) or "none"
            what = (
                f"the newest checkpoint, of {kept.size} entries, lacks cosignatures that the policy demands:"
                f" it has {have}, and could have {lacking}"
            )
            self.found.add(self.log, kept.size, Check.POLICY, what)
        known = {(key.name, key.id) for key in (*judgement.logs, *policy.witnesses.values())}
        return replace(
            told,
            size=kept.size,
            signers=tuple(f"{key.name}+{key.id.hex()}" for key in judgement.logs),
            witnesses=tuple(times.items()),
            unknown=tuple(each.name for each in note.signatures if (each.name, each.key_id) not in known),
        )
