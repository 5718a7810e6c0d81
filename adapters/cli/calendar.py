"""`trialog calendar …`: a site's visit windows as a calendar feed, for holders of a token."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Literal

import typer

from adapters.cli.commands import Acting, Answer, Asked, answers, looks, noun, performs, receipt_data, writes
from adapters.cli.output import listing, pairs
from adapters.cli.place import Place
from adapters.cli.rows import at

group = noun("calendar", "Give out a site's visit windows as a calendar feed, and take it back.")


@performs(group, "issue", example="calendar issue SY01 --holder ward-3 --as zhao:principal_investigator")
def issue(
    person: Acting,
    site: Annotated[str, typer.Argument(metavar="SITE", help="Whose visits, as SY01.")],
    holder: Annotated[str, typer.Option("--holder", metavar="NAME", help="Who is given the token.")],
) -> Answer:
    """Make a token to a site's feed. It is shown once: the history keeps only its digest."""
    from adapters.exports.calendar import digest_of

    token = secrets.token_urlsafe(32)
    fields = {"digest": digest_of(token), "site": site, "holder": holder}
    done = person.execute("calendar.issue_feed", fields)
    feed = f"feed-{digest_of(token)[:12]}"
    data = {**receipt_data(done), "feed": feed, "secret": token}
    return Answer(data, (pairs({"feed": feed, "token": token}),))


@writes(
    group,
    "revoke",
    "calendar.revoke_feed",
    example='calendar revoke feed-0123456789ab --why "left the ward" --as zhao:principal_investigator',
)
def revoke(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="The feed, as the list names it.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why it is taken back.")],
) -> dict[str, str]:
    """Take a token back: it opens nothing from now on."""
    return {"feed": feed, "reason": why}


@answers(group, "list", example="calendar list --store trial.db")
def list_feeds(question: Asked) -> Answer:
    """List the feeds that were given out, and whether they still open."""
    from domain.calendar_feed import Feed

    rows = [
        {"feed": each.feed, "site": each.site, "holder": each.holder, "revoked": at(each.revoked)}
        for each in question.view.singles(Feed).values()
    ]
    return listing(question.view, rows, ("feed", "site", "holder", "revoked"))


@looks(group, "feed", example="calendar feed --token TOKEN --out visits.ics --store trial.db", asks=False)
def feed(
    place: Place,
    token: Annotated[
        str, typer.Option("--token", envvar="TRIALOG_FEED", metavar="TOKEN", help="The token that was given.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file for the calendar.")],
    document_language: Annotated[
        Literal["en", "zh"], typer.Option("--document-language", help="Of the visits' names in the file.")
    ] = "en",
) -> Answer:
    """Write the visit windows that are still awaited: participant codes, visits and days, nothing else."""
    from adapters.exports.calendar import calendar, feed_of
    from adapters.files.places import check_new, write_new

    check_new(out)
    view = place.app.view(place.trial)
    known = feed_of(view, token)
    content = calendar(view, known, document_language)
    write_new(out, content)
    data = {"file": str(out), "site": known.site, "events": content.count(b"BEGIN:VEVENT")}
    return Answer(data, (pairs(data),))
