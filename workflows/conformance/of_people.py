"""What the decisions on delegation ask. Facts about accounts are of the system log, which has no protocol."""

from __future__ import annotations

from domain import access, access_review, account, delegation, trail_review
from domain.delegation import Standing
from domain.fact import Fact
from workflows.conformance.looking import Asking, Conditions, Seen


def _signed(fact: delegation.DelegationSigned, seen: Seen) -> Conditions:
    known = seen.trial.protocol if seen.trial.versions else None
    yield known is None or fact.site not in known.site_plans, "site.unknown"
    ends = fact.ends
    yield ends is not None and ends.latest <= fact.starts.earliest, "delegation.ends_before_start"


def _ended(fact: delegation.DelegationEnded, seen: Seen) -> Conditions:
    standing = seen.looking.situation.states.single(Standing, fact.account)
    known = {each.delegation: each for each in standing.delegations} if standing is not None else {}
    yield fact.delegation not in known, "delegation.unknown"
    yield fact.delegation in known and known[fact.delegation].ended is not None, "delegation.ended_already"


def _trained(fact: delegation.TrainingRecorded, seen: Seen) -> Conditions:
    yield fact.account == seen.looking.situation.by.actor, "training.own"


def _reviewed(fact: trail_review.AuditTrailReviewed, seen: Seen) -> Conditions:
    yield seen.looking.situation.by.actor in fact.enterers, "trail_review.own_entries"
    yield fact.last > seen.looking.situation.head, "trail_review.no_position"


CONDITIONS: dict[type[Fact], Asking] = {
    delegation.DelegationSigned: _signed,
    delegation.DelegationEnded: _ended,
    delegation.TrainingRecorded: _trained,
    trail_review.AuditTrailReviewed: _reviewed,
}

FREE: frozenset[type[Fact]] = frozenset(
    {
        access_review.AccessReviewed,
        access.RoleRequested,
        access.RoleGranted,
        access.RoleRevoked,
        account.AccountsBegun,
        account.AccountsFounded,
        account.UnknownSignIn,
        account.AccountOpened,
        account.IdentityVerified,
        account.SecretsReset,
        account.PasswordSet,
        account.TotpEnrolled,
        account.SignedIn,
        account.ProofFailed,
        account.LockedOut,
        account.Unlocked,
        account.SessionEnded,
        account.Reauthenticated,
        account.TokenIssued,
        account.TokenRevoked,
        account.Deactivated,
        account.Reactivated,
        account.AccessDenied,
    }
)
