"""Who is let in: whether somebody is there, holds the role here and now, is delegated and trained, may sign.

A store without accounts takes people at their word. Once accounts are begun, what a person claims is held
against the account's facts, folded from the system log under the lock of the command: what was revoked a
moment ago is revoked. What the journal then says of the person comes from the account.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.access import WHOLE_STORE, Grant
from domain.account import Kind
from domain.account_state import Account, Accounts
from domain.clinical_time import Instant
from domain.delegation import Standing, Task
from domain.errors import Denied, NotFound
from domain.identifiers import SYSTEM_LOG
from domain.record import Attribution, Origin, Role
from domain.trial import Trial
from workflows.access import RequestRole, RevokeRole
from workflows.command import Command, OnParticipant
from workflows.delegated_tasks import DELEGATED, UNDELEGATED, tasks_of
from workflows.memory import Memory
from workflows.originator import known_originator
from workflows.policy import FOR_THE_WHOLE, authorise_question
from workflows.session import NoteDenial
from workflows.site_of import site_of

CONFIRMATION = timedelta(minutes=5)
"""How long after a person has authenticated anew the commands named then may be signed."""

MACHINERY = Attribution("trialog", Role.SYSTEM, origin=Origin.SYSTEM, origin_id="admission")


class Presence(NamedTuple):
    """Somebody who is there: the account, and by what they showed it."""

    account: Account
    authentication: str
    origin: Origin = Origin.PERSON
    origin_id: str = ""


def admitted(command: Command, by: Attribution, states: Memory, people: Memory, now: Instant) -> Attribution:
    """The attribution that the journal keeps. Raises Denied.

    `states` are those of the log the command goes to, `people` those of the system log.
    """
    is_machinery = by.role is Role.SYSTEM and by.origin is Origin.SYSTEM
    if is_machinery or people.single(Accounts) is None:
        known_originator(by, states)
        return by
    account = people.single(Account, by.actor)
    if command.AUTHENTICATES and account is not None:
        _own(command, by)
        return replace(by, name=account.name, origin=Origin.PERSON, origin_id="", delegation="", site="")
    there = present(account, by.session, now.moment)
    by = _of_presence(by, there)
    known_originator(by, states)
    if by.role is Role.HOLDER:
        _own(command, by)
        return by
    log = states.trial_id
    trial = log if log != SYSTEM_LOG else str(getattr(command, "trial", WHOLE_STORE))
    grants = held(there.account, by.role, trial, now.moment, states.trial if log != SYSTEM_LOG else None)
    if isinstance(command, RequestRole | RevokeRole):
        _role_within(command, by, grants, people)
    if type(command) in FOR_THE_WHOLE and states.trial.versions and not getattr(command, "site", None):
        _of_the_whole(command, grants, states.trial)
    site = site_of(command, states)
    by = replace(by, site=_placed(by, grants, site, getattr(command, "participant", None) or ""))
    if log != SYSTEM_LOG:
        standing = states.single(Standing, by.actor)
        by = replace(by, delegation=entitled(command, by.role, standing, site, now.moment))
    return signing(command, by, there.account, now.moment) if command.SIGNS else by


def present(account: Account | None, session: str, moment: datetime) -> Presence:
    """Somebody whose session or token opens the door at a moment. Raises Denied."""
    if account is not None and session:
        token = account.token(session, moment)
        if token is not None:
            return Presence(account, "token", token.origin, token.origin_id)
        known = account.session(session, moment)
        if known is not None:
            return Presence(account, "+".join(known.components))
    raise Denied(
        "access.not_signed_in",
        "nobody is signed in here",
        rule="accounts are begun in this store",
        remedy="Sign in with 'trialog account sign-in NAME'.",
    )


def admitted_question(
    question: str,
    role: Role,
    account: Account,
    trial: Trial,
    trial_id: str,
    asked: Standing | None,
    now: Instant,
) -> tuple[str, ...]:
    """The sites that somebody who is there may ask about, none when all. Raises Denied.

    `asked` is what the trial's log holds of the person's delegations and training.
    """
    authorise_question(question, role)
    whole_store = role in (Role.ADMINISTRATOR, Role.HOLDER)
    if role is Role.HOLDER:
        return ()
    grants = held(account, role, trial_id, now.moment, None if whole_store else trial)
    if role in DELEGATED and question not in UNDELEGATED:
        _trained(asked or Standing(""), now.moment)
        _delegated(asked or Standing(""), now.moment, "", ())
    if any(not grant.sites for grant in grants):
        return ()
    return tuple(sorted({site for grant in grants for site in grant.sites}))


def _of_presence(by: Attribution, there: Presence) -> Attribution:
    """The attribution as the account and its session or token say. Raises Denied for another origin."""
    origin = there.origin
    if origin is Origin.PERSON:
        # What a person brings in stays what it is; who may bring what is the register's to say.
        origin = by.origin if by.origin is not Origin.SYSTEM else Origin.PERSON
    elif by.origin not in (Origin.PERSON, origin):
        raise Denied(
            "access.other_origin", f"the token is for data from {there.origin_id}, of origin {origin}"
        )
    return replace(
        by,
        name=there.account.name,
        delegation="",
        authentication=there.authentication,
        origin=origin,
        origin_id=": ".join(filter(None, (there.origin_id, by.origin_id))),
    )


def held(account: Account, role: Role, trial: str, moment: datetime, known: Trial | None) -> list[Grant]:
    """The account's grants of a role in a trial. Raises Denied when there is none, or when the role is masked
    and the same person holds another that is not: `known` is the trial whose protocol says so.
    """
    of_trial = list(account.access.held(trial, moment))
    grants = [grant for grant in of_trial if grant.role is role]
    if not grants:
        where = f" in {trial}" if trial else ""
        roles = ", ".join(sorted({grant.role for grant in of_trial})) or "none"
        raise Denied(
            "access.no_role",
            f"{account.account} does not hold the role {role}{where}",
            rule=f"roles held: {roles}",
        )
    if known is not None and known.masks(role) and not all(known.masks(grant.role) for grant in of_trial):
        raise Denied(
            "access.unmasked", f"{account.account} holds a role that is not masked beside {role}", where=trial
        )
    return grants


def entitled(command: Command, role: Role, standing: Standing | None, site: str, moment: datetime) -> str:
    """The delegation by which somebody may issue a command at a site, "" where the role needs none.

    Raises Denied. The principal investigator is delegated by nobody, and is trained as the others are.
    """
    known = standing or Standing("")
    if role in DELEGATED or (role is Role.PRINCIPAL_INVESTIGATOR and isinstance(command, OnParticipant)):
        _trained(known, moment)
    return _delegated(known, moment, site, tasks_of(command.KIND)) if role in DELEGATED else ""


def _trained(standing: Standing, moment: datetime) -> None:
    if not standing.is_trained(moment):
        raise Denied(
            "access.not_trained",
            "no training is recorded that counts now",
            rule="21 CFR 11.10(i)",
            remedy="Record it with 'trialog training record'.",
        )


def _delegated(standing: Standing, moment: datetime, site: str, tasks: tuple[Task, ...]) -> str:
    for task in tasks or (None,):
        found = standing.delegated(moment, site, task)
        if found is not None:
            return found.delegation
    what = " or ".join(task.replace("_", " ") for task in tasks) or "any task"
    raise Denied(
        "access.not_delegated",
        f"{what} is not delegated to this person now{f' at {site}' if site else ''}",
        rule="ICH E6(R3) 2.3",
        remedy="The principal investigator delegates with 'trialog delegation add'.",
    )


def _own(command: Command, by: Attribution) -> None:
    if by.role is not Role.HOLDER or getattr(command, "account", None) != by.actor:
        raise Denied("access.other_account", "this is for the holder of the account alone")


def _role_within(
    command: RequestRole | RevokeRole, by: Attribution, grants: list[Grant], people: Memory
) -> None:
    """Raise Denied for a role that reaches to sites where whoever acts has none, as one for the whole trial;
    NotFound to take away one that is held at such sites alone: they see none.
    """
    own = {each for grant in grants for each in grant.sites}
    if any(not grant.sites for grant in grants):
        return
    if isinstance(command, RequestRole):
        sites = command.sites
    else:
        account = people.single(Account, command.account)
        known = account.access.grants.get(command.grant) if account is not None else None
        if known is None or known.trial != command.trial or (known.sites and not set(known.sites) & own):
            raise NotFound("access.unknown", f"there is no {command.grant} of {command.account}")
        sites = known.sites
    beyond = sorted(set(sites) - own)
    if beyond or not sites:
        where = f"at {', '.join(beyond)}" if beyond else "for the whole trial"
        raise Denied("access.other_site", f"{by.actor} is not {_a(by.role.replace('_', ' '))} {where}")


def _not_at(by: Attribution, participant: str) -> Denied:
    role = by.role.replace("_", " ")
    return Denied(
        "access.other_site", f"there is no participant {participant} where {by.actor} is {_a(role)}"
    )


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _of_the_whole(command: Command, grants: list[Grant], trial: Trial) -> None:
    """Raise Denied where the role is held at some sites of the trial only."""
    sites = {each for grant in grants for each in grant.sites}
    if all(grant.sites for grant in grants) and not set(trial.protocol.site_plans) <= sites:
        told = ", ".join(sorted(sites))
        raise Denied(
            "access.other_site",
            f"{command.KIND} is for every site of the trial, and the role is held at {told}",
        )


def _placed(by: Attribution, grants: list[Grant], site: str, participant: str) -> str:
    """The site where somebody acts: the command's, else the one they name, else the only one they have.

    Raises Denied, in the same words for a participant of another site and for one there is not: who has the
    role at some sites finds out no more.
    """
    if participant and not site and all(grant.sites for grant in grants):
        raise _not_at(by, participant)
    reaching = [grant for grant in grants if grant.covers(site or by.site)]
    if not reaching and participant:
        raise _not_at(by, participant)
    if not reaching:
        raise Denied(
            "access.other_site", f"{by.actor} is no {by.role.replace('_', ' ')} at {site or by.site}"
        )
    only = {each for grant in grants for each in grant.sites}
    return site or by.site or (only.pop() if len(only) == 1 else "")


def signing(command: Command, by: Attribution, account: Account, moment: datetime) -> Attribution:
    """The attribution of a signature, by what the person showed for exactly this command. Raises Denied."""
    if account.kind is Kind.SERVICE:
        raise Denied("signature.service", "a machine signs nothing", rule="21 CFR 11.100(a)")
    if account.verified is None:
        raise Denied(
            "signature.not_verified",
            "who this person is has not been verified",
            rule="21 CFR 11.100(b)",
            remedy="An administrator does it with 'trialog account verify-identity'.",
        )
    session = account.session(by.session, moment)
    at = session.confirmed_at if session is not None else None
    if (
        session is None
        or at is None
        or moment - at.at.earliest > CONFIRMATION
        or command.fingerprint() not in session.confirmed
    ):
        raise Denied(
            "signature.not_authenticated",
            "a signature needs its signer to authenticate anew",
            rule="21 CFR 11.200(a)",
        )
    return replace(by, authentication=f"signed: {'+'.join(session.confirmed_by)}")


def denial(what: str, log: str, by: Attribution, error: Denied) -> tuple[NoteDenial, Attribution]:
    """The command that keeps what was denied to somebody, and by whom it is issued."""
    noted = NoteDenial(
        account=by.actor, session=by.session, what=what, log=log, role=by.role, code=error.code
    )
    return noted, MACHINERY
