"""What the decisions on records of a casebook ask besides the machine."""

from __future__ import annotations

from typing import Any

from domain import casebook_record
from domain.casebook_paths import newest_in
from domain.fact import Fact
from workflows.conformance.looking import Asking, Conditions, Seen


def _covering(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - a signature or a verification
    yield not newest_in(seen.case.casebook.changed, fact.record), "record.unknown"
    yield fact.covers > seen.looking.situation.head, "record.no_position"


def _verified(fact: casebook_record.RecordVerified, seen: Seen) -> Conditions:
    yield from _covering(fact, seen)
    known, changed = seen.case.casebook.records, seen.case.casebook.changed
    yield bool(known and casebook_record.is_verified(known, fact.record, changed)), "record.verified_already"


def _signed(fact: casebook_record.RecordSigned, seen: Seen) -> Conditions:
    yield from _covering(fact, seen)
    by = seen.looking.situation.by
    yield (fact.signer, fact.role) != (by.actor, by.role), "record.other_signer"


def _closed(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - any fact that closes or opens
    if fact.site:
        yield fact.site not in seen.trial.sites, "site.not_active"
    else:
        yield not newest_in(seen.case.casebook.changed, fact.record), "record.unknown"
    yield not seen.looking.has_reason(), "record.no_reason"


CONDITIONS: dict[type[Fact], Asking] = {
    casebook_record.RecordVerified: _verified,
    casebook_record.RecordSigned: _signed,
    **dict.fromkeys(casebook_record.CLOSING_FACTS, _closed),
}
