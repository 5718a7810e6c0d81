"""`trialog access …`: roles by two persons, the roster as of any instant, its review, dormant accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.account import Name, administered
from adapters.cli.attribution import any_role_of
from adapters.cli.commands import Acting, Answer, Asked, Recorded, answers, noun, performs, receipt
from adapters.cli.output import Table, instants, listing
from adapters.cli.question import asked_by
from domain.errors import NotFound, Refused

if TYPE_CHECKING:
    from projections.roster import Row
    from workflows.access import RequestRole

group = noun("access", "Ask for roles, grant and revoke them; see and review who has access.")

GrantId = Annotated[str, typer.Argument(metavar="GRANT", help="The request or grant, as r-1.")]
WholeStore = Annotated[bool, typer.Option("--whole-store", help="Of the whole store: an administrator's.")]


def _trial(person: Acting, whole_store: bool) -> str:
    """The trial of a role: one that is named need not be there yet, or nobody could adopt it."""
    return "" if whole_store else person.place.given_trial or person.place.trial


@performs(group, "request", example="access request li.wei coordinator --at-site SY01 --store trial.db")
def request(
    person: Acting,
    account: Name,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="The role, as coordinator.")],
    sites: Annotated[
        list[str] | None,
        typer.Option("--at-site", metavar="SITE", help="Only at this site; may be repeated."),
    ] = None,
    expires: Annotated[
        str, typer.Option("--expires", metavar="INSTANT", help="When it ends, as 2027-01-01T00:00:00Z.")
    ] = "",
    whole_store: WholeStore = False,
) -> Recorded:
    """Ask for a role for somebody. Another administrator grants it."""
    from domain.clinical_time import Instant
    from domain.identifiers import SYSTEM_LOG
    from workflows.access import RequestRole
    from workflows.command import checked

    asked = checked(
        RequestRole,
        account=account,
        trial=_trial(person, whole_store),
        role=any_role_of(role),
        sites=tuple(sites or ()),
        expires=Instant.parse(expires) if expires else None,
    )
    if not whole_store:
        _with_known_sites(person, asked)
    return receipt(person.carry_out(SYSTEM_LOG, asked))


def _with_known_sites(person: Acting, asked: RequestRole) -> None:
    """Raise Refused for a site that the trial has not: nobody could act there. Raises Denied before. Until
    the trial is there its sites are not known, and any is taken.
    """
    from domain.identifiers import SYSTEM_LOG

    app = person.place.app
    if not app.reading.head(asked.trial)[0]:
        return
    known = app.view(asked.trial).trial.known_sites
    unknown = [site for site in asked.sites if site not in known]
    if unknown:
        app.engine.check_permitted(SYSTEM_LOG, asked, person.by)
        raise NotFound(
            "site.unknown",
            f"the protocol has no site {', '.join(unknown)}",
            where="--at-site",
            remedy=f"It has {', '.join(known)}.",
        )


@performs(group, "grant", example="access grant li.wei r-1 --store trial.db", by_holder=True)
def grant(person: Acting, account: Name, grant_id: GrantId, whole_store: WholeStore = False) -> Recorded:
    """Grant a role that another person asked for. The second administrator of a store accepts their own."""
    fields = {"account": account, "trial": _trial(person, whole_store), "grant": grant_id}
    return receipt(administered(person, "access.grant", fields))


@performs(group, "revoke", example='access revoke li.wei r-1 --reason "has left" --store trial.db')
def revoke(person: Acting, account: Name, grant_id: GrantId, whole_store: WholeStore = False) -> Recorded:
    """Take a role away at once, or refuse what was asked for."""
    fields = {"account": account, "trial": _trial(person, whole_store), "grant": grant_id}
    return receipt(administered(person, "access.revoke", fields))


_COLUMNS = (
    "account",
    "name",
    "role",
    "sites",
    "granted_by",
    "expires",
    "delegated",
    "trained",
    "last_signed_in",
)


def _rows(question: Asked) -> list[Row]:
    from projections.roster import roster

    return roster(question.app.reading, question.view)


@answers(group, "roster", example="access roster --as-of 2026-06-30T16:00:00Z --store trial.db")
def roster_of(question: Asked) -> Answer:
    """List who held which role in the trial, with delegation and training, as of any instant."""
    return listing(question.view, [row._asdict() for row in _rows(question)], _COLUMNS)


@answers(group, "dormant", example="access dormant --days 90 --store trial.db")
def dormant(
    question: Asked,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=0, help="Not signed in for so many days.")
    ] = 90,
) -> Answer:
    """List who holds a role in the trial and has not signed in for long: it may be needed no more."""
    from projections.roster import is_dormant

    rows = [row._asdict() for row in _rows(question) if is_dormant(row, question.view.moment, days)]
    return listing(question.view, rows, _COLUMNS)


@answers(group, "reviews", example="access reviews --store trial.db")
def reviews(question: Asked) -> Answer:
    """Tell when access to the trial was last reviewed, and whether a review is overdue."""
    from projections.roster import review_state

    found = review_state(question.app.reading, question.view)
    told = [found._asdict()]
    return Answer({**instants(question.view), **found._asdict()}, (Table(told, tuple(told[0])),))


@performs(
    group, "review", timed=True, example='access review --findings "one leaver, revoked" --store trial.db'
)
def review(
    person: Acting,
    findings: Annotated[str, typer.Option("--findings", metavar="TEXT", help="What was found.")],
) -> Recorded:
    """Attest that the roster of the trial was gone through, as it stands now. It is signed."""
    from domain.identifiers import SYSTEM_LOG
    from projections.roster import digest_of_roster, roster

    asked_by(person, "access.reviews")
    place = person.place
    head, _ = place.app.reading.head(SYSTEM_LOG)
    if not head:
        raise Refused("accounts.not_begun", "accounts are not begun in this store")
    rows = roster(place.app.reading, person.view())
    fields = {
        "position": head,
        "accounts": len({row.account for row in rows}),
        "roster": digest_of_roster(rows),
        "findings": findings,
    }
    return receipt(person.execute("access.review", fields))
