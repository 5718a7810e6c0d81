"""What people of a site are delegated, and which of it each command and question takes."""

from __future__ import annotations

from domain.delegation import Task
from domain.record import Role

R = Role
DELEGATED = frozenset(
    {R.COORDINATOR, R.INVESTIGATOR, R.INFUSION_OPERATOR, R.CELL_LABORATORY, R.OUTCOME_ASSESSOR}
)
"""Roles of the site: their rights open with a delegation by the principal investigator, and training."""

_PREPARED = (Task.PRODUCT, Task.INFUSION)
_SEEN = (Task.DATA_ENTRY, Task.OUTCOMES)
TASKS: dict[str, tuple[Task, ...]] = {
    "participant.pre_screen": (Task.SCREENING,),
    "participant.record_screen_failure": (Task.SCREENING,),
    "participant.record_consent": (Task.CONSENT,),
    "participant.sign_consent": (Task.CONSENT,),
    "participant.request_reconsent": (Task.CONSENT,),
    "participant.record_withdrawal": (Task.CONSENT,),
    "participant.answer_criteria": (Task.SCREENING, Task.ELIGIBILITY),
    "participant.sign_eligibility": (Task.ELIGIBILITY,),
    "participant.randomize": (Task.RANDOMIZATION,),
    "participant.record_randomization": (Task.RANDOMIZATION,),
    "participant.": (Task.DATA_ENTRY,),
    "visit.": _SEEN,
    "observation.": _SEEN,
    "outcome.record_adverse_event": (Task.SAFETY,),
    "outcome.assess_causality": (Task.SAFETY,),
    "outcome.correct_adverse_event": (Task.SAFETY,),
    "outcome.void_adverse_event": (Task.SAFETY,),
    "safety.": (Task.SAFETY,),
    "incident.": (Task.SAFETY, Task.DATA_ENTRY),
    "correction.": _SEEN,
    "record.sign": (Task.SIGN_OFF,),
    "sample.": (Task.DATA_ENTRY,),
    "outage.": (Task.RANDOMIZATION, Task.DATA_ENTRY),
    "outcome.": _SEEN,
    "deviation.": _SEEN,
    "infusion.assign_lot": _PREPARED,
    "infusion.release": (Task.PRODUCT,),
    "infusion.receive": _PREPARED,
    "infusion.thaw": _PREPARED,
    "infusion.": (Task.INFUSION,),
    "lot.": (Task.PRODUCT,),
    "privacy.": (Task.CONSENT, Task.DATA_ENTRY),
}
"""The tasks, any of which a delegation must name for a command; by its kind, the longest beginning counts.
A kind that is not here takes any delegation.
"""

UNDELEGATED = frozenset({"protocol.show", "protocol.diff", "delegation.list"})
"""Questions that people of the site may ask before they are delegated and trained: it takes them to become
so.
"""


def tasks_of(kind: str) -> tuple[Task, ...]:
    """The tasks, any of which must be delegated for commands of a kind; none when any will do."""
    return next((TASKS[each] for each in _LONGEST_FIRST if kind.startswith(each)), ())


_LONGEST_FIRST = sorted(TASKS, key=len, reverse=True)
