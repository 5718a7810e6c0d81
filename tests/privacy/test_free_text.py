"""What of a fact may be redacted: each text that a person wrote, reviewed one by one, and nothing else."""

from __future__ import annotations

import json

import pytest

from domain.errors import Invalid
from domain.fact import FACTS, FREE, free_texts
from domain.privacy import REDACTED, masked, refuse_unless_free
from projections.verification.word import TOPICS
from tests.golden.files import FACT_FILES

KNOWN = [topic for topic in FACTS.topics() if not topic.startswith("test.")]
REVIEWED = {
    "access.reviewed.v1": "findings",
    "account.identity_verified.v1": "method",
    "account.opened.v1": "name organisation",
    "alert.acknowledged.v1": "reason",
    "allocation.viewed.v1": "purpose",
    "calendar.feed_issued.v1": "holder",
    "calendar.feed_revoked.v1": "reason",
    "consent.form_approved.v1": "reference summary",
    "consent.form_withdrawn.v1": "ground",
    "correction.fix_applied.v1": "ticket",
    "correction.fix_approved.v1": "ticket",
    "correction.fix_requested.v1": "ground ticket",
    "correction.proposed.v1": "ground",
    "correction.rejected.v1": "ground",
    "correction.requested.v1": "ground evidence",
    "deviation.action_taken.v1": "action",
    "deviation.classified.v1": "cause correction",
    "deviation.explained.v1": "cause hazard",
    "deviation.hazard_notified.v1": "reference",
    "deviation.noted.v1": "text",
    "deviation.reported.v1": "reference",
    "edit_check.answered.v1": "answer",
    "eligibility.criterion_answered.v1": "note",
    "export.made.v1": "purpose",
    "identity.erased.v1": "ground",
    "identity.erasure_requested.v1": "ground",
    "identity.processing_restricted.v1": "ground",
    "identity.restriction_lifted.v1": "ground",
    "identity.viewed.v1": "purpose",
    "incident.assessed.v1": "why",
    "incident.closed.v1": "measures",
    "incident.notified.v1": "reference",
    "incident.reported.v1": "what",
    "infusion.not_given.v1": "reason",
    "infusion.observed.v1": "reactions",
    "infusion.paused.v1": "reason",
    "infusion.premedicated.v1": "medication",
    "infusion.stopped_early.v1": "reason",
    "lab.result_recorded.v1": "accession",
    "lot.quarantined.v1": "reason",
    "lot.rejected.v1": "reason",
    "originator.registered.v1": "about",
    "originator.retired.v1": "reason",
    "outage.package_withdrawn.v1": "ground",
    "paper.transcribed.v1": "source",
    "paper.transcription_checked.v1": "note",
    "participant.died.v1": "cause",
    "participant.misrandomization_noted.v1": "finding",
    "participant.unblinded.v1": "reason",
    "participant.unblinding_assessed.v1": "assessment",
    "query.answered.v1": "answer",
    "query.cancelled.v1": "reason",
    "query.closed.v1": "resolution",
    "query.opened.v1": "text",
    "query.reopened.v1": "text",
    "review.audit_trail_reviewed.v1": "findings",
    "safety.adverse_event_changed.v1": "term",
    "safety.adverse_event_corrected.v1": "term",
    "safety.adverse_event_recorded.v1": "term",
    "safety.causality_assessed.v1": "why",
    "safety.follow_up_received.v1": "information",
    "safety.report_opened.v1": "term",
    "safety.report_submitted.v1": "reference",
    "safety.report_voided.v1": "why",
    "safety.sponsor_assessed.v1": "assessor why",
    "sample.destroyed.v1": "ground",
    "sample.handed_out.v1": "recipient",
    "treatment.recorded.v1": "detail",
    "trial.ethics_approved.v1": "reference",
    "visit.missed.v1": "reason",
}
"""Every text that may be redacted, by topic. Whoever adds one asks: is nothing computed, told apart or proved
by it? A value, a unit, a grade, a code, an id, a time or a digest does not belong here.
"""


def test_what_may_be_redacted_was_reviewed() -> None:
    found = {topic: " ".join(free_texts(FACTS.topics()[topic])) for topic in KNOWN}
    assert {topic: names for topic, names in found.items() if names} == REVIEWED


@pytest.mark.parametrize("topic", REVIEWED)
def test_any_text_may_stand_in_a_free_text(topic: str) -> None:
    fields = FACTS.topics()[topic].model_fields
    for name in REVIEWED[topic].split():
        assert fields[name].metadata == [FREE], "a form that the mark may not have"
        stored = {**json.loads((FACT_FILES / f"{topic}.json").read_bytes()), name: "a name"}
        data = json.dumps(stored).encode()
        refuse_unless_free(1, name, topic, data)
        change = masked(1, name, topic, data)
        assert change is not None
        assert change.data is not None
        assert getattr(FACTS.read(topic, change.data), name) == REDACTED
        assert masked(1, name, topic, change.data) is None


@pytest.mark.parametrize("topic", KNOWN)
@pytest.mark.requirement("CO-07")
def test_nothing_else_of_a_fact_is_redacted(topic: str) -> None:
    data = (FACT_FILES / f"{topic}.json").read_bytes()
    for name in sorted(set(json.loads(data)) - set(free_texts(FACTS.topics()[topic]))):
        with pytest.raises(Invalid, match=r"redaction\.not_free"):
            refuse_unless_free(1, name, topic, data)
        assert masked(1, name, topic, data) is None


def test_nothing_that_a_proof_rests_on_is_free_text() -> None:
    proving = ("log.", "record.", "redaction.", "trial.protocol_", "trial.data_cut_", "trial.allocation_")
    assert [topic for topic in REVIEWED if topic in TOPICS or topic.startswith(proving)] == []
