"""Signals of people: many corrections by one person, one person in several roles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from projections.review_signals.signal import Finding, Seen, Thresholds, Watch, Words


def people(thresholds: Thresholds) -> Iterator[Watch]:
    """The watches for these signals."""
    yield ManyCorrections(thresholds)
    yield SeveralRoles()


@dataclass
class ManyCorrections:
    """People who corrected or voided a lot. A command is one correction, however many values move with it."""

    thresholds: Thresholds
    code: str = "many_corrections"
    why_not: Words | None = None
    _facts: dict[str, dict[int, list[int]]] = field(default_factory=dict)

    @property
    def threshold(self) -> Words:
        """What counts as striking."""
        count = self.thresholds.corrections
        return f"{count} corrections and voids or more", f"更正与作废{count}次及以上"

    def see(self, seen: Seen) -> None:
        """Take note of a correction."""
        if seen.is_change:
            by_command = self._facts.setdefault(seen.actor, {})
            by_command.setdefault(seen.entry.command.first, []).append(seen.position)

    def findings(self) -> Iterator[Finding]:
        """By person."""
        for actor, by_command in self._facts.items():
            count = len(by_command)
            if count >= self.thresholds.corrections:
                facts = tuple(chain.from_iterable(by_command.values()))
                yield Finding("", "", actor, (f"{count} corrections", f"{count}次更正"), facts)


@dataclass
class SeveralRoles:
    """People who acted in more than one role."""

    code: str = "several_roles"
    threshold: Words = ("more than one role", "一个以上角色")
    why_not: Words | None = None
    _roles: dict[str, dict[str, int]] = field(default_factory=dict)

    def see(self, seen: Seen) -> None:
        """Take note of the first fact of a person in a role."""
        role = str(seen.entry.command.attribution.role)
        self._roles.setdefault(seen.actor, {}).setdefault(role, seen.position)

    def findings(self) -> Iterator[Finding]:
        """By person, with the first fact in each role."""
        for actor, roles in self._roles.items():
            if len(roles) > 1:
                named = ", ".join(roles)
                yield Finding("", "", actor, (named, named), tuple(roles.values()))
