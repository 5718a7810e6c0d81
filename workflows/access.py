"""Roles: asked for by one person, granted by another, revoked by either; and the review of who has access.

An administrator grants what somebody else has asked for, an investigator or another administrator. Nobody
asks for a role for themselves, nor grants one.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.access import WHOLE_STORE, RoleGranted, RoleRequested, RoleRevoked, conflict
from domain.access_review import REVIEW_STREAM, AccessReviewed
from domain.account import AccountsFounded, Kind
from domain.account_state import Account, Accounts
from domain.clinical_time import Instant
from domain.errors import Denied, NotFound, Refused
from domain.identifiers import ACCOUNTS_STREAM, AccountName, Digest, Key, SiteId, account_stream
from domain.record import NewFact, Role
from workflows.command import Command, OfSystem, Step
from workflows.session import known_account
from workflows.situation import Situation, decides


class OnAccess(OfSystem):
    """A command about a role of an account in a trial (no trial: in the whole store)."""

    account: AccountName
    trial: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,39})?$")] = WHOLE_STORE


class RequestRole(OnAccess):
    """Ask for a role for somebody."""

    KIND = "access.request"
    role: Role
    sites: Annotated[tuple[SiteId, ...], Field(max_length=100)] = ()
    expires: Instant | None = None


class GrantRole(OnAccess):
    """Grant a role that another person has asked for."""

    KIND = "access.grant"
    grant: Key


class RevokeRole(OnAccess):
    """Take a role away, or refuse what was asked for. It is held no longer from then on."""

    KIND = "access.revoke"
    grant: Key


class ReviewAccess(Step, Command):
    """Attest that the roster of the trial was gone through, as it stood at a position of the system log."""

    KIND = "access.review"
    ANY_TIME = True
    SIGNS = True
    position: Annotated[int, Field(ge=1)]
    accounts: Annotated[int, Field(ge=0)]
    roster: Digest
    findings: Annotated[str, StringConstraints(min_length=3, max_length=2000, strip_whitespace=True)]


# ---------------------------------------------------------------- decisions


@decides(RequestRole)
def request(command: RequestRole, situation: Situation) -> list[NewFact]:
    account = known_account(situation, command.account)
    if account.account == situation.by.actor:
        raise Denied("access.own", "nobody asks for a role for themselves", rule="four eyes")
    _fits(command, account, situation)
    grant = f"r-{account.access.number + 1}"
    asked = RoleRequested(
        account=account.account,
        grant=grant,
        trial=command.trial,
        role=command.role,
        sites=command.sites,
        expires=command.expires,
        requested_by=situation.by.actor,
    )
    return situation.system_facts(account_stream(account.account), asked)


def _fits(command: RequestRole, account: Account, situation: Situation) -> None:
    role, now = command.role, situation.now.moment
    if not account.is_active:
        raise Refused("account.not_active", "the account is closed")
    if role is Role.HOLDER or (role is Role.SYSTEM) != (account.kind is Kind.SERVICE):
        raise Refused(
            "access.kind", "machines bring data as 'system'; people hold the other roles, and nobody this one"
        )
    if (role is Role.ADMINISTRATOR) != (command.trial == WHOLE_STORE):
        raise Refused("access.scope", "administrators are of the whole store, every other role of a trial")
    if command.sites and command.trial == WHOLE_STORE:
        raise Refused("access.scope", "a role of the whole store is held at no site in particular")
    if command.expires is not None and command.expires.moment <= now:
        raise Refused("access.expired", "the role would have ended before it began")
    if role is Role.INSPECTOR and command.expires is None:
        raise Refused("access.unbounded", "an inspector's access has an end", remedy="Give --expires.")
    barred = conflict(role, command.trial, account.access.grants.values(), now)
    if barred is not None:
        raise Refused(
            "access.conflict",
            f"{account.account} holds or awaits {barred.role} ({barred.grant}), which excludes {role}",
            rule="separation of duties",
        )


@decides(GrantRole)
def grant(command: GrantRole, situation: Situation) -> list[NewFact]:
    account = known_account(situation, command.account)
    asked = account.access.grants.get(command.grant)
    if asked is None or asked.trial != command.trial:
        raise NotFound("access.unknown", f"nobody has asked for {command.grant} of {command.account}")
    if asked.granted is not None:
        raise Refused("access.granted_already", f"{command.grant} is granted")
    if not account.is_active:
        raise Refused("account.not_active", "the account is closed")
    accounts = situation.people.single(Accounts)
    founding = (
        accounts is not None
        and accounts.founded is None
        and asked.role is Role.ADMINISTRATOR
        and asked.requested_by == accounts.administrator
    )
    me = situation.by.actor
    if me == asked.requested_by or (me == account.account and not founding):
        raise Denied(
            "access.own",
            "a role is granted by another than who asked for it and who is to hold it",
            rule="four eyes",
        )
    granted = RoleGranted(
        account=account.account,
        grant=asked.grant,
        trial=asked.trial,
        role=asked.role,
        sites=asked.sites,
        expires=asked.expires,
        requested_by=asked.requested_by,
        granted_by=me,
    )
    facts = situation.system_facts(account_stream(account.account), granted)
    if founding:
        pair = AccountsFounded(first=asked.requested_by, second=account.account)
        facts += situation.system_facts(ACCOUNTS_STREAM, pair)
    return facts


@decides(RevokeRole)
def revoke(command: RevokeRole, situation: Situation) -> list[NewFact]:
    account = known_account(situation, command.account)
    held = account.access.grants.get(command.grant)
    if held is None or held.trial != command.trial:
        raise NotFound("access.unknown", f"there is no {command.grant} of {command.account}")
    revoked = RoleRevoked(account=account.account, grant=held.grant, role=held.role)
    return situation.system_facts(account_stream(account.account), revoked)


@decides(ReviewAccess)
def review(command: ReviewAccess, situation: Situation) -> list[NewFact]:
    at = situation.when_of_trial(command)
    fields = command.model_dump(exclude={"at"})
    return situation.facts_in(REVIEW_STREAM, at, AccessReviewed.model_validate(fields))


def staffed(site: str, situation: Situation) -> None:
    """Raise Refused unless a principal investigator of the site and a monitor of the trial can sign in.

    A store without accounts takes people at their word, also for who there is.
    """
    if situation.people.single(Accounts) is None:
        return
    now, trial = situation.now.moment, situation.states.trial_id
    able = [
        grant
        for account in situation.people.singles(Account).values()
        if account.is_active and account.is_ready
        for grant in account.access.held(trial, now)
        if grant.covers(site)
    ]
    for role in (Role.PRINCIPAL_INVESTIGATOR, Role.MONITOR):
        if role not in {grant.role for grant in able}:
            raise Refused(
                "site.not_staffed",
                f"nobody who can sign in is {role.replace('_', ' ')} at {site}",
                rule="ICH E6(R3) 4.3.5",
            )
