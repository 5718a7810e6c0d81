"""The guards of every lock, shared by the machines that have one, and how a refusal lists what is open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from domain.casebook_paths import CASEBOOK
from domain.errors import Refused
from domain.lock_guards import Against, Matter, awaited, matters
from domain.query import Query
from domain.sample import Sample
from domain.sign_off import SignOff
from workflows.machine import guard
from workflows.situation import States

LISTED = 8
"""How many open matters a refusal names; `trialog casebook lock-check` lists all."""


class Locking(Protocol):
    """A cursor that knows what stands against locking."""

    against: frozenset[Against]


@guard("lock.query_open", "queries are open", "仍有未关闭的质疑")
def queries_settled(cursor: Locking) -> bool:
    return Against.QUERY not in cursor.against


@guard("lock.unsigned", "a record that the protocol has signed is not signed", "方案要求签名的记录尚未签名")
def records_signed(cursor: Locking) -> bool:
    return Against.UNSIGNED not in cursor.against


@guard("lock.signature_lapsed", "a record changed since it was signed", "记录在签名后有更改，须重新签名")
def signatures_current(cursor: Locking) -> bool:
    return Against.LAPSED not in cursor.against


@guard(
    "lock.disclosure_unassessed",
    "the impact of a disclosure of the allocation is not assessed",
    "揭盲影响尚未评估",
)
def disclosures_assessed(cursor: Locking) -> bool:
    return Against.DISCLOSURE not in cursor.against


@guard(
    "lock.change_unauthorised",
    "an investigator has not signed for a change that was made after unblinding",
    "揭盲后的更改尚未经研究者签名授权",
)
def changes_authorised(cursor: Locking) -> bool:
    return Against.CHANGE not in cursor.against


GUARDS = (
    "queries_settled",
    "disclosures_assessed",
    "changes_authorised",
    "records_signed",
    "signatures_current",
)
"""The guards of a move that locks, by name, in the order in which they speak."""


def against_locking(
    states: States, *, participant: str = "", site: str = "", record: str = CASEBOOK
) -> tuple[Matter, ...]:
    """What stands against locking a participant's record, a site, or, when neither is named, the trial."""
    if not states.trial.versions:
        return ()
    if participant:
        known = states.casebook(participant)
        casebooks = [] if known is None else [known]
    else:
        everyone = states.whole().casebooks.values()
        casebooks = [
            each for each in everyone if each.participant is not None and site in ("", each.participant.site)
        ]
    queries, samples = states.singles(Query).values(), states.singles(Sample).values()
    return tuple(matters(states.trial, casebooks, queries, samples, record))


def unsigned_critical(states: States, position: int) -> tuple[SignOff, ...]:
    """The critical sign-offs that were awaited at a position, of all participants, under the protocol then in
    force: a signature that came later covers nothing of an earlier position, and a later change takes none
    from it.
    """
    protocols = (states.trial.document(each.version).protocol for each in states.trial.versions)
    if not any(each.critical for protocol in protocols for each in protocol.review.sign_offs):
        return ()
    then = states.whole(position)
    found = (awaited(then.trial, casebook) for casebook in then.casebooks.values())
    return tuple(each for some in found for each in some if each.plan.critical)


def told(found: Sequence[Matter | SignOff]) -> str:
    """Matters in one line, the first of them by name."""
    more = f", and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return ", ".join(map(str, found[:LISTED])) + more


def kinds_of(found: Iterable[Matter]) -> frozenset[Against]:
    """What kinds of matter there are: what the guards ask."""
    return frozenset(matter.against for matter in found)


def listing(refused: Refused, found: Sequence[Matter]) -> Refused:
    """The refusal with the matters it is about."""
    about = [matter for matter in found if matter.against == refused.code]
    if not about:
        return refused
    return Refused(
        refused.code,
        f"{refused.message}: {told(about)}",
        where=refused.where,
        rule=refused.rule,
        remedy="See 'trialog casebook lock-check'.",
    )
