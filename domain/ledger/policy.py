"""The trust policy of a ledger: whose checkpoints count, and whose cosignatures they need.

Source: C2SP tlog-policy. A policy is a text for people: it is filed in the trial master file with the keys'
public halves, and whoever verifies brings it along instead of taking it from what is verified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain.errors import Invalid
from domain.ledger.note import LOG_KEY, WITNESS_KEY, Checkpoint, Key, Note, Verified

NONE = "none"
"""The quorum that asks for no cosignature."""

_BLANKS = re.compile(r"[ \t]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Group(NamedTuple):
    """Witnesses or groups of which at least `least` must have cosigned."""

    least: int
    members: tuple[str, ...]


class Judgement(NamedTuple):
    """What a policy says of one checkpoint and the signatures under it.

    `logs` are the listed keys of the log that signed it, `witnesses` the names of those that cosigned it;
    both are verified. `quorum` says whether the witnesses are enough.
    """

    logs: tuple[Key, ...]
    witnesses: tuple[str, ...]
    quorum: bool

    @property
    def valid(self) -> bool:
        """Whether the checkpoint counts: signed by its log, and cosigned by a quorum."""
        return bool(self.logs) and self.quorum


class Policy(NamedTuple):
    """The keys of logs and witnesses that are trusted, and the quorum of witnesses."""

    logs: tuple[Key, ...]
    witnesses: Mapping[str, Key]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, text: str) -> Policy:
        """The policy of a text. Raises Invalid with the line that is wrong."""
        if _CONTROL.search(text):
            raise Invalid("policy.malformed", "a policy is lines of text")
        reading = _Reading()
        for number, line in enumerate(text.split("\n"), start=1):
            words = _BLANKS.sub(" ", line).strip(" ").split(" ")
            if words == [""] or words[0].startswith("#"):
                continue
            try:
                reading.take(words)
            except Invalid as error:
                raise Invalid("policy.malformed", error.message, where=f"line {number}") from error
        if reading.quorum is None:
            raise Invalid(
                "policy.malformed", "the policy names no quorum", remedy="End it with 'quorum none'."
            )
        return cls(tuple(reading.logs), reading.witnesses, reading.groups, reading.quorum)

    @classmethod
    def naming(cls, keys: Iterable[Key]) -> Policy:
        """The policy by which each of these keys counts, and no cosignature is demanded."""
        logs, witnesses = list[Key](), dict[str, Key]()
        for key in dict.fromkeys(keys):
            if key.kind == LOG_KEY:
                logs.append(key)
            else:
                witnesses[str(key) if key.name in witnesses else key.name] = key
        return cls(tuple(logs), witnesses, {}, NONE)

    def is_met_by(self, witnesses: Iterable[str]) -> bool:
        """Whether the witnesses of these names, taken together, are the quorum."""
        have = {NONE, *witnesses}
        for name, group in self.groups.items():  # What a group names stands above it.
            if len(have.intersection(group.members)) >= group.least:
                have.add(name)
        return self.quorum in have

    def judge(self, note: Note, verified: Verified) -> Judgement:
        """What this policy says of a checkpoint. Raises Invalid when the note is none.

        Signatures of keys that are not listed say nothing, and neither does a key under another log's origin.
        """
        origin = Checkpoint.parse(note.text).origin
        logs = tuple(key for key in self.logs if key.name == origin and note.signed_by(key, verified))
        witnesses = tuple(name for name, key in self.witnesses.items() if note.signed_by(key, verified))
        return Judgement(logs, witnesses, self.is_met_by(witnesses))

    def wanting(self, witnesses: Iterable[str]) -> tuple[str, ...]:
        """The witnesses that could still help to the quorum, in the policy's order; none once it is met."""
        have = frozenset(witnesses)
        if self.is_met_by(have):
            return ()
        under = {self.quorum}
        for name in reversed(tuple(self.groups)):
            if name in under:
                under.update(self.groups[name].members)
        return tuple(name for name in self.witnesses if name in under and name not in have)


class _Reading:
    """A policy as far as its lines are read: a line can only name what stands above it."""

    def __init__(self) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(_other(Key.parse(vkey), LOG_KEY, self.logs))
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self.witnesses[self._fresh(name)] = _other(
                    Key.parse(vkey), WITNESS_KEY, self.witnesses.values()
                )
            case ["group", name, least, *members] if members:
                self._group(self._fresh(name), least, members)
            case ["quorum", name] if self.quorum is None:
                self.quorum = name if name == NONE else self._known(name)
            case ["quorum", *_] if self.quorum is not None:
                raise Invalid("policy.malformed", "the quorum is named twice")
            case _:
                raise Invalid("policy.malformed", f"'{' '.join(words)[:60]}' is no line of a policy")

    def _group(self, name: str, least: str, members: list[str]) -> None:
        for member in members:
            if self._known(member) in self._members:
                raise Invalid("policy.malformed", f"'{member}' is a member already")
            self._members.add(member)
        count = {"any": 1, "all": len(members)}.get(least) or _number(least)
        if not 1 <= count <= len(members):
            raise Invalid("policy.malformed", f"{least} of {len(members)} members is no quorum")
        self.groups[name] = Group(count, tuple(members))

    def _fresh(self, name: str) -> str:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise Invalid("policy.malformed", f"the name '{name}' is taken")
        return name

    def _known(self, name: str) -> str:
        if name not in self.witnesses and name not in self.groups:
            raise Invalid("policy.malformed", f"no witness or group above is named '{name}'")
        return name


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,8}", text) else 0


def _other(key: Key, kind: int, known: Iterable[Key]) -> Key:
    """The key, if it is of this kind and not known under any name: one key must not count twice."""
    if key.kind != kind:
        raise Invalid("policy.malformed", f"the key '{key.name}' is of the other kind")
    if any(key.public == each.public for each in known):
        raise Invalid("policy.malformed", f"the key '{key.name}' is listed already")
    return key
