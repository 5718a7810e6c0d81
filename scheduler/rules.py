"""Every rule of the sweep: a function from what it watches to the ladders it sees. Another one is a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scheduler import (
    deviation_rules,
    participant_rules,
    query_rules,
    review_rules,
    safety_rules,
    trial_rules,
    visit_rules,
)
from scheduler.watch import Kind, Ladder, Watch

Rule = Callable[[Watch], Iterator[Ladder]]

RULES: dict[Kind, tuple[Rule, ...]] = {
    Kind.PARTICIPANT: (
        visit_rules.visits,
        participant_rules.renewed_consents,
        participant_rules.thawed_products,
        safety_rules.safety_clocks,
        deviation_rules.untold_deviations,
        review_rules.sign_offs,
    ),
    Kind.QUERY: (query_rules.unanswered,),
    Kind.TRIAL: (
        trial_rules.access_reviews,
        trial_rules.restores,
        trial_rules.verifications,
        trial_rules.refusals,
        trial_rules.backups,
        trial_rules.clock_jumps,
        review_rules.trail_reviews,
        safety_rules.incidents,
    ),
}
"""The rules that look at each kind of owner."""
