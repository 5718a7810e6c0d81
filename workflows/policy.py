"""Who may do what, and ask what: one table, default deny, checked on every command and every question.

A command stands by its class, a question by its name: `participant.show` is what `trialog participant show`
asks, and any other door under the same name. Administrators have no right to data, neither to enter nor to
see any; those who read (monitor, sponsor, DSMB, inspector) enter none. Each acknowledges the alerts meant for
them, which are no data.
"""

from __future__ import annotations

from domain.errors import Denied
from domain.record import PEOPLE, Attribution, Role
from workflows import (
    access,
    account,
    activation,
    adverse_event,
    alert,
    backup,
    calendar_feed,
    casebook_record,
    consent,
    correction,
    course_correction,
    delegation,
    delivery,
    deviation,
    entry,
    export,
    incident,
    infusion,
    infusion_correction,
    observation,
    originator,
    outage,
    outcome,
    outcome_correction,
    participant,
    privacy,
    product_lot,
    query,
    safety,
    safety_correction,
    sample,
    sample_correction,
    server_clock,
    session,
    signed_log,
    trail_review,
    trial,
    unblinding,
    upkeep,
    viewing,
    visit,
    visit_correction,
)
from workflows.command import Command

R = Role
_PHYSICIANS = frozenset({R.INVESTIGATOR, R.PRINCIPAL_INVESTIGATOR})
_SITE = _PHYSICIANS | {R.COORDINATOR}
_ENTRY = _SITE | {R.SYSTEM}
_BEDSIDE = _PHYSICIANS | {R.INFUSION_OPERATOR}
_SWEEP = frozenset({R.SYSTEM})
_SERVER = frozenset({R.SYSTEM, R.ADMINISTRATOR})
_TRIAL = frozenset({R.PRINCIPAL_INVESTIGATOR, R.DATA_MANAGER})
_ADMINISTRATION = frozenset({R.ADMINISTRATOR})
_OWN = frozenset({R.HOLDER})
_SPONSOR_SIDE = frozenset({R.SPONSOR, R.MONITOR, R.DATA_MANAGER})
_QUERYING = frozenset({R.MONITOR, R.DATA_MANAGER})

_REVIEW = frozenset({R.MONITOR, R.DATA_MANAGER, R.STATISTICIAN, R.MASKED_STATISTICIAN})
_OVERSIGHT = frozenset({R.DSMB, R.SPONSOR, R.INSPECTOR})
_CLINICAL = _SITE | {R.INFUSION_OPERATOR, R.OUTCOME_ASSESSOR} | _REVIEW | _OVERSIGHT
_ANY_OF_TRIAL = _CLINICAL | {R.CELL_LABORATORY, R.RANDOMIZATION_MANAGER}

PERMITTED: dict[type[Command], frozenset[Role]] = {
    trial.AdoptProtocol: _TRIAL,
    trial.AmendProtocol: _TRIAL,
    trial.ConfirmAssumptions: frozenset({R.PRINCIPAL_INVESTIGATOR}),
    trial.RecordEthicsApproval: _TRIAL,
    consent.RegisterConsentForm: _TRIAL,
    consent.WithdrawConsentForm: _TRIAL,
    consent.SignConsent: _SITE,
    consent.SignConsentAs: _ENTRY,
    consent.RecordBirth: _ENTRY,
    trial.SealList: frozenset({R.RANDOMIZATION_MANAGER, R.STATISTICIAN}),
    trial.RevealSecret: frozenset({R.RANDOMIZATION_MANAGER, R.STATISTICIAN}),
    trial.ActivateSite: _TRIAL,
    trial.AdoptVersionAtSite: _TRIAL,
    trial.ActivateTrial: frozenset({R.PRINCIPAL_INVESTIGATOR}),
    activation.CorrectActivation: frozenset({R.PRINCIPAL_INVESTIGATOR}),
    trial.OpenEnrolment: _TRIAL,
    trial.CloseEnrolment: _TRIAL,
    trial.NameDataCut: frozenset({R.DATA_MANAGER, R.STATISTICIAN}),
    trial.FreezeTrial: _TRIAL,
    trial.LockTrial: _TRIAL,
    trial.RequestTrialUnlock: _TRIAL | {R.INVESTIGATOR},
    trial.UnlockTrial: _TRIAL,
    trial.ArchiveTrial: _TRIAL,
    participant.PreScreen: _ENTRY,
    participant.RecordConsent: _ENTRY,
    participant.RequestReconsent: _ENTRY,
    participant.RecordWithdrawal: _ENTRY,
    participant.AnswerCriteria: _ENTRY,
    participant.SignEligibility: _PHYSICIANS,
    participant.RecordScreenFailure: _ENTRY,
    participant.Randomize: _SITE | {R.RANDOMIZATION_MANAGER},
    participant.RecordRandomization: _ENTRY | {R.RANDOMIZATION_MANAGER},
    participant.RecordMisrandomization: _SITE | {R.RANDOMIZATION_MANAGER},
    participant.RecordUnblinding: _SITE | {R.RANDOMIZATION_MANAGER},
    participant.AssessUnblinding: _PHYSICIANS,
    unblinding.BreakBlind: _PHYSICIANS,
    participant.RecordLossToFollowUp: _ENTRY,
    participant.RecordTransplant: _ENTRY,
    participant.RecordDeath: _ENTRY,
    participant.RecordEndOfFollowUp: _ENTRY,
    participant.CompleteParticipant: _SITE,
    course_correction.CorrectEvent: _SITE,
    course_correction.VoidEvent: _SITE,
    course_correction.CorrectScreening: _SITE,
    visit.ScheduleVisit: _SITE,
    visit.RecordVisit: _ENTRY,
    visit.RecordMissedVisit: _ENTRY,
    visit_correction.CorrectVisit: _SITE,
    visit_correction.VoidVisit: _SITE,
    visit_correction.CorrectResultTime: _SITE | {R.OUTCOME_ASSESSOR},
    observation.RecordResults: _ENTRY | {R.OUTCOME_ASSESSOR},
    observation.CorrectResult: _SITE | {R.OUTCOME_ASSESSOR},
    observation.VoidResult: _SITE | {R.OUTCOME_ASSESSOR},
    observation.AnswerEditCheck: _SITE | {R.OUTCOME_ASSESSOR},
    observation.RecordDialysis: _ENTRY,
    observation.RecordTreatment: _ENTRY,
    outcome.RecordDecompensation: _ENTRY | {R.OUTCOME_ASSESSOR},
    outcome.GradeDecompensation: _ENTRY | {R.OUTCOME_ASSESSOR},
    outcome.RecordDecompensationResolved: _ENTRY | {R.OUTCOME_ASSESSOR},
    outcome_correction.VoidTreatment: _SITE,
    outcome_correction.CorrectDecompensation: _SITE | {R.OUTCOME_ASSESSOR},
    outcome_correction.CorrectDecompensationGrade: _SITE | {R.OUTCOME_ASSESSOR},
    outcome_correction.CorrectDecompensationResolution: _SITE | {R.OUTCOME_ASSESSOR},
    outcome_correction.VoidDecompensation: _SITE | {R.OUTCOME_ASSESSOR},
    adverse_event.RecordAdverseEvent: _ENTRY,
    adverse_event.RecordAdverseEventChange: _ENTRY,
    adverse_event.AssessCausality: _PHYSICIANS,
    outcome_correction.CorrectAdverseEvent: _SITE,
    outcome_correction.VoidAdverseEvent: _PHYSICIANS,
    safety.OpenSafetyReport: _ENTRY,
    safety.RecordSubmission: _SITE,
    safety.RecordSafetyFollowUp: _ENTRY,
    safety.RecordSponsorAwareness: _SITE | {R.DATA_MANAGER},
    safety.RecordSponsorAssessment: _TRIAL,
    safety.CloseSafetyReport: _PHYSICIANS,
    safety.VoidSafetyReport: _PHYSICIANS,
    safety_correction.CorrectSafetyReport: _SITE,
    safety_correction.CorrectSafetyTime: _SITE | {R.DATA_MANAGER},
    safety_correction.VoidSubmission: _SITE | {R.DATA_MANAGER},
    originator.RegisterOriginator: _TRIAL,
    originator.RetireOriginator: _TRIAL,
    entry.CheckTranscription: _SITE | {R.OUTCOME_ASSESSOR},
    entry.NoteUpload: _BEDSIDE | _ENTRY | {R.OUTCOME_ASSESSOR, R.CELL_LABORATORY},
    outage.IssuePackage: frozenset({R.RANDOMIZATION_MANAGER, R.STATISTICIAN}),
    outage.WithdrawPackage: _PHYSICIANS | {R.RANDOMIZATION_MANAGER, R.STATISTICIAN},
    outage.DeclareOutage: _SITE | {R.RANDOMIZATION_MANAGER},
    outage.RecordOfflineAllocation: _SITE | {R.RANDOMIZATION_MANAGER},
    outage.RecordOfflineUnblinding: _SITE | {R.RANDOMIZATION_MANAGER},
    outage.ReconcileOutage: _PHYSICIANS | {R.RANDOMIZATION_MANAGER},
    incident.ReportIncident: _SITE | {R.DATA_MANAGER, R.MONITOR},
    incident.AssessIncident: _TRIAL,
    incident.RecordIncidentNotice: _SITE | {R.DATA_MANAGER},
    incident.CloseIncident: frozenset({R.PRINCIPAL_INVESTIGATOR}),
    outcome.NoteDeviation: _ENTRY | {R.MONITOR},
    outcome.ClassifyDeviation: _PHYSICIANS,
    deviation.ExplainDeviation: _PHYSICIANS,
    deviation.RecordDeviationAction: _SITE,
    deviation.RecordDeviationReport: _SITE,
    deviation.RecordHazardNotice: _SITE,
    infusion.OrderInfusion: _PHYSICIANS,
    infusion.AssignLot: _BEDSIDE | {R.CELL_LABORATORY},
    infusion.ReleaseInfusion: frozenset({R.CELL_LABORATORY}),
    infusion.ReceiveProduct: _BEDSIDE | {R.COORDINATOR},
    infusion.ThawProduct: _BEDSIDE | {R.CELL_LABORATORY},
    infusion.CheckIdentity: _BEDSIDE,
    infusion.Premedicate: _BEDSIDE,
    infusion.PlaceAccess: _BEDSIDE,
    infusion.StartInfusion: _BEDSIDE,
    infusion.PauseInfusion: _BEDSIDE,
    infusion.ResumeInfusion: _BEDSIDE,
    infusion.CompleteInfusion: _BEDSIDE,
    infusion.StopInfusion: _BEDSIDE,
    infusion.SkipInfusion: _BEDSIDE,
    infusion.ObserveInfusion: _BEDSIDE,
    infusion.CloseInfusion: _BEDSIDE,
    infusion.RecordInfusion: _BEDSIDE | {R.COORDINATOR},
    infusion_correction.CorrectDose: _PHYSICIANS,
    infusion_correction.CorrectUseBy: _PHYSICIANS | {R.CELL_LABORATORY},
    infusion_correction.CorrectInfusionTimes: _BEDSIDE | {R.COORDINATOR},
    infusion_correction.VoidInfusion: _BEDSIDE | {R.COORDINATOR},
    calendar_feed.IssueFeed: _TRIAL,
    calendar_feed.RevokeFeed: _TRIAL | {R.ADMINISTRATOR},
    delivery.RequestDelivery: _SWEEP,
    delivery.RecordAttempt: _SWEEP,
    delivery.CancelDelivery: _SWEEP,
    server_clock.RecordClockJump: _SWEEP,
    server_clock.RecordClockDrift: _SWEEP,
    backup.RecordBackup: _SERVER,
    backup.RecordRestoreProof: _SERVER,
    upkeep.RecordVerification: _SWEEP,
    upkeep.RecordSigning: _SWEEP,
    upkeep.RecordFailedBackup: _SWEEP,
    privacy.RecordIdentity: _SITE,
    privacy.ViewIdentity: _SITE,
    privacy.RequestErasure: _SITE | {R.DATA_MANAGER},
    privacy.ApproveErasure: frozenset({R.PRINCIPAL_INVESTIGATOR}),
    privacy.RestrictProcessing: _PHYSICIANS,
    privacy.LiftRestriction: _PHYSICIANS,
    privacy.RequestRedaction: _SITE | {R.DATA_MANAGER, R.MONITOR},
    privacy.ApproveRedaction: frozenset({R.PRINCIPAL_INVESTIGATOR, R.DATA_MANAGER}),
    correction.ProposeCorrection: _SITE | _SPONSOR_SIDE | {R.OUTCOME_ASSESSOR},
    correction.RequestCorrection: _SITE,
    correction.AcceptCorrection: _PHYSICIANS,
    correction.RejectCorrection: _PHYSICIANS,
    correction.AuthoriseChanges: _PHYSICIANS,
    correction.RequestFix: frozenset({R.DATA_MANAGER}),
    correction.ApproveFix: _PHYSICIANS | {R.DATA_MANAGER},
    correction.ApplyFix: frozenset({R.DATA_MANAGER}),
    casebook_record.SignRecord: _PHYSICIANS,
    casebook_record.VerifyRecord: frozenset({R.MONITOR}),
    casebook_record.FreezeRecord: _QUERYING,
    casebook_record.UnfreezeRecord: _QUERYING,
    casebook_record.LockRecord: _TRIAL,
    casebook_record.RequestRecordUnlock: _TRIAL | {R.INVESTIGATOR},
    casebook_record.UnlockRecord: _TRIAL,
    sample.TakeSample: _SITE,
    sample.RecordSample: _ENTRY,
    sample.HandOutSample: _SITE,
    sample.RecordHandOut: _ENTRY,
    sample.DestroySample: _SITE,
    sample_correction.CorrectSample: _SITE,
    sample_correction.CorrectHandOut: _SITE,
    sample_correction.VoidSample: _SITE,
    query.OpenQuery: _QUERYING,
    query.AnswerQuery: _SITE | {R.OUTCOME_ASSESSOR},
    query.CloseQuery: _QUERYING,
    query.ReopenQuery: _QUERYING,
    query.CancelQuery: _QUERYING,
    product_lot.RegisterLot: frozenset({R.CELL_LABORATORY}),
    product_lot.CorrectLot: frozenset({R.CELL_LABORATORY}),
    product_lot.RecordLotTest: frozenset({R.CELL_LABORATORY}),
    product_lot.ReleaseLot: frozenset({R.CELL_LABORATORY}),
    product_lot.QuarantineLot: frozenset({R.CELL_LABORATORY}),
    product_lot.RejectLot: frozenset({R.CELL_LABORATORY}),
    product_lot.ReturnBag: frozenset({R.CELL_LABORATORY}),
    alert.RaiseAlert: _SWEEP,
    alert.EscalateAlert: _SWEEP,
    alert.ResolveAlert: _SWEEP,
    alert.SupersedeAlert: _SWEEP,
    alert.AcknowledgeAlert: frozenset(PEOPLE) - {R.INSPECTOR},
    export.RecordExport: _CLINICAL,
    viewing.ViewAllocation: _ANY_OF_TRIAL,
    signed_log.RegisterKey: _SERVER,
    signed_log.RecordCheckpoint: _SERVER,
    signed_log.RecordRenewal: _SERVER,
    signed_log.RotateKey: _SERVER,
    signed_log.DeclareIncarnation: frozenset({R.ADMINISTRATOR, R.PRINCIPAL_INVESTIGATOR}),
    account.BeginAccounts: _ADMINISTRATION,
    account.OpenAccount: _ADMINISTRATION,
    account.VerifyIdentity: _ADMINISTRATION,
    account.ResetSecrets: _ADMINISTRATION,
    account.UnlockAccount: _ADMINISTRATION,
    account.DeactivateAccount: _ADMINISTRATION,
    account.ReactivateAccount: _ADMINISTRATION,
    account.IssueToken: _ADMINISTRATION,
    account.RevokeToken: _ADMINISTRATION,
    session.SetPassword: _OWN,
    session.EnrolTotp: _OWN,
    session.SignIn: _OWN,
    session.Reauthenticate: _OWN,
    session.EndSession: _OWN,
    session.NoteFailure: _SWEEP,
    session.NoteDenial: _SWEEP,
    access.RequestRole: _ADMINISTRATION | _TRIAL,
    access.GrantRole: _ADMINISTRATION | _OWN,  # the holder: a store's second administrator, who accepts
    access.RevokeRole: _ADMINISTRATION | {R.PRINCIPAL_INVESTIGATOR},
    access.ReviewAccess: _TRIAL,
    trail_review.ReviewAuditTrail: _QUERYING,
    delegation.SignDelegation: frozenset({R.PRINCIPAL_INVESTIGATOR}),
    delegation.EndDelegation: frozenset({R.PRINCIPAL_INVESTIGATOR}),
    delegation.RecordTraining: _TRIAL | {R.COORDINATOR, R.MONITOR},
}

QUESTIONS: dict[str, frozenset[Role]] = {
    "protocol.show": _ANY_OF_TRIAL | {R.ADMINISTRATOR},
    "protocol.diff": _ANY_OF_TRIAL | {R.ADMINISTRATOR},
    "trial.status": _ANY_OF_TRIAL,
    "trial.assumptions": _ANY_OF_TRIAL,
    "participant.list": _ANY_OF_TRIAL,
    "participant.show": _ANY_OF_TRIAL,
    "participant.history": _CLINICAL,
    "participant.scores": _CLINICAL,
    "consent.list": _ANY_OF_TRIAL,
    "consent.show": _CLINICAL,
    "consent.due": _CLINICAL,
    "visit.list": _CLINICAL,
    "result.list": _CLINICAL,
    "result.delays": _CLINICAL,
    "originator.list": _CLINICAL,
    "transcription.list": _CLINICAL,
    "capture.list": _CLINICAL,
    "outage.list": _CLINICAL | {R.RANDOMIZATION_MANAGER},
    "outage.show": _CLINICAL | {R.RANDOMIZATION_MANAGER},
    "incident.list": _CLINICAL,
    "incident.show": _CLINICAL,
    "deviation.list": _CLINICAL,
    "deviation.show": _CLINICAL,
    "casebook.show": _CLINICAL,
    "casebook.sheet": _CLINICAL,
    "casebook.overdue": _CLINICAL,
    "casebook.lock-check": _CLINICAL,
    "sdv.list": _CLINICAL,
    "query.list": _CLINICAL,
    "correction.changes": _CLINICAL,
    "correction.list": _CLINICAL,
    "correction.show": _CLINICAL,
    "query.show": _CLINICAL,
    "sample.list": _CLINICAL,
    "lot.list": _ANY_OF_TRIAL,
    "lot.history": _ANY_OF_TRIAL,
    "randomization.status": _ANY_OF_TRIAL,
    "randomization.verify": _ANY_OF_TRIAL,
    "endpoints": _CLINICAL,
    "audit.trail": _CLINICAL,
    "audit.cuts": _CLINICAL,
    "audit.proof": _CLINICAL,
    "audit.compare": _CLINICAL,
    "audit.history": _CLINICAL,
    "audit.lineage": _CLINICAL,
    "audit.conformance": _CLINICAL,
    "unblinding.list": _CLINICAL,
    "unblinding.views": _CLINICAL,
    "safety.list": _CLINICAL,
    "safety.show": _CLINICAL,
    "safety.reconcile": _CLINICAL,
    "audit.what-if": _CLINICAL,
    "audit.reviews": _REVIEW | _OVERSIGHT | _PHYSICIANS,
    "audit.review": _REVIEW | _OVERSIGHT | _PHYSICIANS,
    "privacy.list": _SITE | {R.MONITOR, R.DATA_MANAGER, R.INSPECTOR},
    "privacy.scan": _SITE | {R.MONITOR, R.DATA_MANAGER, R.INSPECTOR},
    "alert.list": _ANY_OF_TRIAL | {R.ADMINISTRATOR},
    "alert.show": _ANY_OF_TRIAL | {R.ADMINISTRATOR},
    "alert.simulate": _CLINICAL,
    "calendar.list": _SITE | {R.DATA_MANAGER, R.ADMINISTRATOR},
    "delivery.list": _SITE | {R.MONITOR, R.DATA_MANAGER, R.INSPECTOR, R.ADMINISTRATOR},
    "ledger.page": _ANY_OF_TRIAL | {R.ADMINISTRATOR},
    "ledger.request": _ANY_OF_TRIAL | {R.ADMINISTRATOR},
    "ledger.status": _ANY_OF_TRIAL | {R.ADMINISTRATOR},
    "audit.verify": frozenset(R),
    "export.bundle": _CLINICAL,
    "export.table": _CLINICAL,
    "replay": _ANY_OF_TRIAL | {R.ADMINISTRATOR},
    "account.list": _ADMINISTRATION,
    "account.show": _ADMINISTRATION | _OWN,
    "token.list": _ADMINISTRATION,
    "access.roster": _TRIAL | {R.MONITOR, R.INSPECTOR, R.ADMINISTRATOR},
    "access.dormant": _TRIAL | {R.MONITOR, R.INSPECTOR, R.ADMINISTRATOR},
    "access.reviews": _TRIAL | {R.MONITOR, R.INSPECTOR, R.ADMINISTRATOR},
    "delegation.list": _ANY_OF_TRIAL,
}
"""Each question and the roles that may ask it. What a role that is masked is told holds no allocation."""

OF_THE_WHOLE = frozenset(
    {
        "access.reviews",
        "audit.conformance",
        "audit.reviews",
        "endpoints",
        "export.bundle",
        "randomization.verify",
        "replay",
    }
)
"""Questions that only the whole trial answers: who holds a role at some of the sites may not ask them, but
for the bundle of one participant. All others are answered about one's own sites and their participants.
"""

FOR_THE_WHOLE: frozenset[type[Command]] = frozenset(
    {
        access.ReviewAccess,
        activation.CorrectActivation,
        trail_review.ReviewAuditTrail,
        trial.AmendProtocol,
        trial.ConfirmAssumptions,
        trial.RecordEthicsApproval,
        trial.SealList,
        trial.RevealSecret,
        trial.ActivateTrial,
        trial.OpenEnrolment,
        trial.CloseEnrolment,
        trial.NameDataCut,
        trial.FreezeTrial,
        trial.LockTrial,
        trial.UnlockTrial,
        trial.ArchiveTrial,
    }
)
"""Commands that decide for every site, or attest what was seen of each: who holds a role at some of a trial's
sites may not issue them, but where one names a site. To ask that the trial be unlocked decides nothing.
"""

OF_NO_PARTICIPANT = frozenset(
    {"ledger.page", "ledger.request", "ledger.status", "protocol.diff", "protocol.show"}
)
"""Questions that tell of no participant and of no site: sizes, roots and signatures of logs, which are needed
where a site's witness stands, and the protocol, which every site follows. Whoever may ask them is answered
in full.
"""


def authorise(command: Command, by: Attribution) -> None:
    """Raise Denied unless the role may issue this command."""
    _allow(by.role, PERMITTED.get(type(command), frozenset()), _in_words(command.KIND))


def authorise_question(question: str, role: Role) -> None:
    """Raise Denied unless the role may ask the question of that name."""
    _allow(role, QUESTIONS.get(question, frozenset()), f"ask for {question.replace('.', ' ')}")


def _in_words(kind: str) -> str:
    """What a command does, and its name: `correct times (infusion.correct_times)`."""
    return f"{kind.partition('.')[2].replace('_', ' ')} ({kind})"


def _allow(role: Role, allowed: frozenset[Role], what: str) -> None:
    if role not in allowed:
        who = ", ".join(sorted(allowed)) or "nobody"
        name = role.replace("_", " ")
        article = "an" if name[0] in "aeiou" else "a"
        raise Denied("policy.denied", f"{article} {name} may not {what}", rule=f"permitted: {who}")
