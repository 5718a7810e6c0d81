"""The corrections of a trial as of any instant: what was asked, by whom, why, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.casebook import Casebook
from domain.changed_after import changed_after
from domain.correction import Correction
from domain.errors import NotFound
from domain.happened import Happened
from domain.sample import Sample
from projections.as_of import View


class CorrectionRow(NamedTuple):
    """One correction. `value` is None where the value should be void; `source` is the evidence of a request
    or the ticket of a data fix; `requester` who of the participant's side asked.
    """

    correction: str
    kind: str
    status: str
    participant: str
    site: str
    visit: str
    result: str
    was: str
    value: str | None
    asked_by: str
    role: str
    requester: str
    ground: str
    source: str
    asked: str
    approvals: tuple[str, ...]
    decided: str | None
    decided_by: str
    answer: str
    after_unblinding: bool
    asked_fact: int
    decided_fact: int | None


def correction_rows(view: View, participant: str = "", *, waiting: bool = False) -> Iterator[CorrectionRow]:
    """Every correction, or those about one participant, or those that wait, in the order they were asked."""
    sites = {code: each.site for code, each in view.participants().items()}
    known = [
        each
        for each in view.singles(Correction).values()
        if participant in ("", each.participant) and (each.is_waiting or not waiting)
    ]
    for each in sorted(known, key=lambda each: each.asked.fact):
        yield row_of(each, sites.get(each.participant, ""))


class ChangeRow(NamedTuple):
    """A change that was made after unblinding, values of results apart. `status` is `waiting` until an
    investigator has signed for it, then `authorised`.
    """

    participant: str
    site: str
    record: str
    at: str
    fact: int
    status: str
    authorised_by: str
    authorised: str | None


def change_rows(view: View, participant: str = "", *, waiting: bool = False) -> Iterator[ChangeRow]:
    """What was changed of participants after their allocation was disclosed, in the order of participants."""
    visits, outcomes, records = view.visits(), view.outcomes(), view.records()
    results = view.results()
    infusions = view.infusions()
    for code, known in view.participants().items():
        if participant not in ("", code):
            continue
        said = records.get(code)
        given = {int(number): each for number, each in infusions.get(code, {}).items()}
        book = Casebook(
            code,
            known,
            visits.get(code, {}),
            results.get(code, {}),
            infusions=given,
            outcomes=outcomes.get(code),
            records=said,
        )
        signed = {fact: word for word in (said.authorised if said else ()) for fact in word.facts}
        for each in changed_after(view.trial, book, view.singles(Sample, code).values()):
            word = signed.get(each.when.fact)
            if word is None or not waiting:
                yield ChangeRow(
                    code,
                    known.site,
                    each.record,
                    str(each.when.at),
                    each.when.fact,
                    "waiting" if word is None else "authorised",
                    "" if word is None else word.by,
                    None if word is None else str(word.when.at),
                )


def correction_of(view: View, correction: str) -> Correction:
    """One correction. Raises NotFound."""
    known = view.single(Correction, correction)
    if known is None:
        raise NotFound("correction.unknown", f"there is no correction {correction} as of this instant")
    return known


def row_of(known: Correction, site: str) -> CorrectionRow:
    """One correction as a row."""
    return CorrectionRow(
        known.correction,
        str(known.kind),
        str(known.status),
        known.participant,
        site,
        known.visit,
        known.result,
        known.was,
        None if known.value is None else f"{known.value} {known.unit}".strip(),
        known.asked_by,
        known.role,
        known.requester,
        known.ground,
        known.source,
        str(known.asked.at),
        tuple(f"{each.approver} ({each.role})" for each in known.approvals),
        _at(known.decided),
        known.decided_by,
        known.answer,
        known.after_unblinding,
        known.asked.fact,
        known.decided.fact if known.decided else None,
    )


def _at(when: Happened | None) -> str | None:
    return None if when is None else str(when.at)
