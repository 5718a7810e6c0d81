"""What the decision on exports asks: data that go abroad or are genetic leave under a permit."""

from __future__ import annotations

from domain.consent import NEEDS_PERMIT, Purpose
from domain.export import ExportMade
from domain.fact import Fact
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.export import EXTRACTS, extracts_unsigned


def _exported(fact: ExportMade, seen: Seen) -> Conditions:
    yield fact.position > seen.looking.situation.head, "export.no_position"
    yield bool(NEEDS_PERMIT & set(fact.uses)) and not fact.permit, "export.no_permit"
    is_extract = fact.kind in EXTRACTS
    yield is_extract and extracts_unsigned(fact.position, seen.looking.situation.states), "export.unsigned"
    sites = seen.trial.protocol.sites if seen.trial.versions else ()
    abroad = bool(fact.country) and any(site.residency not in ("", fact.country) for site in sites)
    yield abroad and Purpose.CROSS_BORDER not in fact.uses, "export.crosses_border"


CONDITIONS: dict[type[Fact], Asking] = {ExportMade: _exported}
