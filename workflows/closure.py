"""What a closed record refuses: asked of every fact of every command, so that no way in can forget it.

Frozen: the site changes nothing there. What happens to the participant all the same (a death, an adverse
event, a withdrawal, a disclosure) is recorded and assessed, and ends the currency of what was signed.
Locked: nothing is entered until two people have unlocked it; what may be issued at any time (an emergency)
still is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from domain.casebook_paths import CASEBOOK, HAPPENINGS, kind_of, path_of
from domain.casebook_record import Closing, Records
from domain.errors import Refused
from domain.fact import Fact
from domain.record import NewFact
from domain.screening import PreScreened
from workflows.command import Command
from workflows.situation import Situation, States

_PARTICIPANT = "participant/"


class Closings(NamedTuple):
    """What closes the records of one participant: their own closings, and that of the whole site."""

    records: Records | None
    site: Closing | None

    def of(self, path: str) -> Closing | None:
        """The strictest closing of a path: the record's, the casebook's, the site's."""
        found = (self.records.closed(path) if self.records is not None else None, self.site)
        return max((each for each in found if each is not None), key=lambda each: each.locked, default=None)


_NONE = Closings(None, None)


def heed(facts: Iterable[NewFact], command: Command, situation: Situation) -> None:
    """Raise Refused for a fact that would change a record which is closed to its command."""
    closings: dict[str, Closings] = {}
    for new in facts:
        over = closings.get(new.stream)
        if over is None:
            over = closings[new.stream] = _closings(new.stream, new.fact, situation.states)
        code = None if over is _NONE else _refused(over, new.fact, type(command))
        if code is None:
            continue
        where = f"{new.stream.removeprefix(_PARTICIPANT)} {path_of(new.fact)}"
        if code == "record.locked":
            raise Refused(
                "record.locked",
                "the record is locked: nothing is entered there",
                where=where,
                rule="ICH E6(R3) 4.2.6",
                remedy="Two people unlock it: 'trialog casebook request-unlock', 'trialog casebook unlock'.",
            )
        raise Refused(
            "record.frozen",
            "the record is frozen: the site changes nothing there",
            where=where,
            rule="ICH E6(R3) 4.2.6",
            remedy="A data manager opens it with 'trialog casebook unfreeze'.",
        )


def refused_by_closing(stream: str, fact: Fact, kind: type[Command] | None, states: States) -> str | None:
    """The code with which a closed record refuses a fact of a kind of command; None if it does not."""
    return _refused(_closings(stream, fact, states), fact, kind)


def _refused(over: Closings, fact: Fact, kind: type[Command] | None) -> str | None:
    path = path_of(fact)
    if path is None or (kind is not None and kind.ANY_TIME):
        return None
    closing = over.of(path)
    if closing is None:
        return None
    if closing.locked:
        return "record.locked"
    reviews = kind is not None and kind.WHILE_FROZEN
    return None if reviews or kind_of(fact) in HAPPENINGS else "record.frozen"


def _closings(stream: str, fact: Fact, states: States) -> Closings:
    """What closes the records that a fact of a stream belongs to; a participant to be has a site already."""
    if not stream.startswith(_PARTICIPANT):
        return _NONE
    casebook = states.casebook(stream.removeprefix(_PARTICIPANT))
    records, site = None, fact.site if isinstance(fact, PreScreened) else ""
    if casebook is not None and casebook.participant is not None:
        records, site = casebook.records, casebook.participant.site
    whole = states.single(Records, site) if site else None
    if records is not None and not records.closings:
        records = None
    closing = whole.closings.get(CASEBOOK) if whole is not None else None
    return _NONE if records is None and closing is None else Closings(records, closing)
