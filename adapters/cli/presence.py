"""Who is at the command line, where accounts are begun: a person's session, or a machine's token."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from adapters.cli.attribution import role_of
from domain.errors import Denied, Invalid

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.auth.people import Here
    from domain.record import Role
    from domain.trial import Trial


def here_in(app: App, store: str) -> Here | None:
    """Who is signed in; None in a store without accounts. Raises Denied when nobody is."""
    from adapters.cli.session_file import keep_ticket, read_ticket

    if not app.people.begun():
        return None
    token = os.environ.get("TRIALOG_TOKEN")
    if token:
        return app.people.enter_by_token(token)
    ticket = read_ticket(store)
    if not ticket:
        remedy = "Sign in with 'trialog account sign-in NAME'."
        raise Denied("access.not_signed_in", "nobody is signed in here", remedy=remedy)
    here = app.people.enter(ticket)
    keep_ticket(store, here.ticket)
    return here


def claimed(here: Here, by: str, app: App, trial: str, account: str = "") -> Role:
    """The role that somebody who is signed in claims with `--as`, or the only one held; that of the holder
    for what is done with their own `account`. Raises Denied.
    """
    from domain.record import Role

    actor, _, role = (part.strip() for part in by.rpartition(":"))
    if actor and actor != here.account.account:
        raise Denied("access.not_signed_in", f"{here.account.account} is signed in, not {actor}")
    if account == here.account.account:
        return Role.HOLDER
    if role:
        return role_of(role)
    return _only_role(here, app, trial, None)


def _only_role(here: Here, app: App, trial: str, allowed: frozenset[Role] | None) -> Role:
    from domain.record import Role

    held = {grant.role for grant in here.account.access.held(trial, app.clock.now().moment)}
    fitting = (held & allowed or {Role.HOLDER} & allowed or held) if allowed is not None else held
    if len(fitting) == 1:
        return next(iter(fitting))
    if not fitting:
        raise Denied("access.no_role", f"{here.account.account} holds no role here", where=trial)
    told = ", ".join(sorted(fitting))
    raise Invalid("usage.role", "in which role?", remedy=f"Say --as or --role; held are {told}.")


def asking_role(
    here: Here,
    question: str,
    given: str,
    app: App,
    trial: str,
    *,
    may_narrow: bool = False,
    of_one: bool = False,
) -> tuple[Role, tuple[str, ...]]:
    """The role in which somebody asks: the one given, or the only one held that may; and the sites that the
    answer is narrowed to, none for all. `of_one` says that it is about one participant alone. Raises Denied,
    also where it must be narrowed and cannot be.
    """
    from adapters.auth.people import Asked
    from domain.delegation import Standing
    from domain.trial import Trial
    from workflows.policy import OF_NO_PARTICIPANT, OF_THE_WHOLE, QUESTIONS

    environment = os.environ.get("TRIALOG_AS", "").rpartition(":")[2]
    text = given or environment
    role = role_of(text) if text else _only_role(here, app, trial, QUESTIONS.get(question, frozenset()))
    view = app.view(trial) if trial and app.reading.head(trial)[0] else None
    known = view.trial if view is not None else Trial()
    standing = view.single(Standing, here.account.account) if view is not None else None
    sites = app.people.may_ask(here, question, role, Asked(trial, known, standing))
    is_part = _is_part(sites, known)
    if is_part and question in OF_NO_PARTICIPANT:
        return role, ()
    if is_part and not (may_narrow and (of_one or question not in OF_THE_WHOLE)):
        raise Denied(
            "access.other_site",
            f"{question} tells of every site of the trial, and the role is held at {', '.join(sites)}",
            where=trial,
        )
    return role, sites if is_part else ()


def acting_sites(here: Here, role: Role, app: App, trial: str) -> tuple[str, ...]:
    """The sites at which somebody holds a role, none for all."""
    held = here.account.access.held(trial, app.clock.now().moment)
    grants = [grant for grant in held if grant.role is role]
    if any(not grant.sites for grant in grants):
        return ()
    sites = tuple(sorted({site for grant in grants for site in grant.sites}))
    return sites if _is_part(sites, app.view(trial).trial) else ()


def seen_by(here: Here | None, role: Role, app: App, trial: str) -> App:
    """The application as somebody sees it in a role: at its sites, or whole; whole where nobody signs in."""
    from adapters.narrowing import narrowed

    sites = acting_sites(here, role, app, trial) if here is not None else ()
    return narrowed(app, trial, sites)


def _is_part(sites: tuple[str, ...], trial: Trial) -> bool:
    """Whether these are some of the trial's sites and not all; none at all stands for all."""
    return bool(sites and trial.versions and not set(trial.protocol.site_plans) <= set(sites))
