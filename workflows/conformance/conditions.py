"""What decisions ask of facts besides the machines: for each fact the conditions that must not hold.

A condition is told with the code of its rule; the words are those of the decisions (`workflows.rules`). A new
subject brings a table of its own, `of_….py`, and is named here.
"""

from __future__ import annotations

from domain import (
    adverse_event,
    backup,
    delivery,
    observation,
    server_clock,
    signed_log,
    upkeep,
)
from domain.fact import Fact
from workflows.conformance import (
    of_corrections,
    of_entries,
    of_exports,
    of_infusions,
    of_messages,
    of_outages,
    of_outcomes,
    of_participants,
    of_people,
    of_privacy,
    of_queries,
    of_records,
    of_results,
    of_safety,
    of_samples,
    of_trial,
    of_unblinding,
    of_visits,
)
from workflows.conformance.looking import Asking

CONDITIONS: dict[type[Fact], Asking] = {
    **of_trial.CONDITIONS,
    **of_participants.CONDITIONS,
    **of_visits.CONDITIONS,
    **of_infusions.CONDITIONS,
    **of_outcomes.CONDITIONS,
    **of_results.CONDITIONS,
    **of_privacy.CONDITIONS,
    **of_people.CONDITIONS,
    **of_safety.CONDITIONS,
    **of_unblinding.CONDITIONS,
    **of_samples.CONDITIONS,
    **of_corrections.CONDITIONS,
    **of_exports.CONDITIONS,
    **of_queries.CONDITIONS,
    **of_records.CONDITIONS,
    **of_messages.CONDITIONS,
    **of_outages.CONDITIONS,
    **of_entries.CONDITIONS,
}
"""What is asked of each fact besides the moves it makes."""

FREE: frozenset[type[Fact]] = frozenset(
    {
        observation.DialysisSession,
        observation.TreatmentRecorded,
        adverse_event.AdverseEventRecorded,
        server_clock.ClockJumped,
        server_clock.ClockDriftMeasured,
        signed_log.LogOpened,
        signed_log.KeyRegistered,
        signed_log.CheckpointSigned,
        signed_log.KeyRotated,
        signed_log.LogRenewed,
        signed_log.IncarnationDeclared,
        backup.BackupMade,
        backup.RestoreProved,
        backup.RestoreFailed,
        upkeep.StoreVerified,
        upkeep.StoreNotVerified,
        upkeep.BackupFailed,
        upkeep.SignerRefused,
        upkeep.SignerSignsAgain,
        *of_people.FREE,
        delivery.DeliveryRequested,
    }
)
"""Facts of which nothing is asked here. What people report may have happened at any time, and as often as it
did, and a message may be asked for at any time. Facts about the logs and their backups are no steps of the
protocol: `audit verify` judges them.
"""
