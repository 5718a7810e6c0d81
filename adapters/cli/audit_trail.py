"""`trialog audit trail` and `trialog audit cuts`: the audit trail narrowed, and the named instants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.attribution import any_role_of
from adapters.cli.audit import Language, fact_line, group
from adapters.cli.choices import check_known
from adapters.cli.commands import Answer, Asked, Listing, answers
from adapters.cli.options import OnlyParticipant
from adapters.cli.output import instants, listing
from adapters.cli.progress import progress
from adapters.cli.rows import LINE_COLUMNS, Row
from adapters.cli.spans import Begin, End, hours, period, span
from domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from domain.record import Origin
    from projections.as_of import View
    from projections.trail import Told

Many = list[str] | None

CUT_COLUMNS = ("name", "position", "instant", "named_at", "actor", "role", "reason", "root")


Kinds = Annotated[
    Many, typer.Option("--kind", metavar="TOPIC", help="Only topics that begin so, as consent; repeat it.")
]
Actors = Annotated[Many, typer.Option("--actor", metavar="ACTOR", help="Only facts of this person.")]
ActorRoles = Annotated[
    Many, typer.Option("--actor-role", metavar="ROLE", help="Only facts of people in this role.")
]
Origins = Annotated[
    Many,
    typer.Option("--origin", metavar="ORIGIN", help="Only from a person, device, import, paper or system."),
]
Sites = Annotated[Many, typer.Option("--at-site", metavar="SITE", help="Only facts of this site.")]
HappenedFrom = Annotated[
    str, typer.Option("--effective-from", metavar="WHEN", help="Happened on or after this.")
]
HappenedTo = Annotated[
    str, typer.Option("--effective-to", metavar="WHEN", help="Happened on or before this.")
]
Late = Annotated[
    bool, typer.Option("--late", help="Only late entries: later than the protocol's late_entry_days.")
]
LateAfter = Annotated[
    str, typer.Option("--late-after", metavar="SPAN", help="Late entries beyond this: 3d, 36h.")
]
AfterSignOff = Annotated[
    bool,
    typer.Option(
        "--after-sign-off",
        help="Only facts after a signature, a verification, a freeze, a lock or a data cut of what they"
        " touch.",
    ),
]
AsCsv = Annotated[bool, typer.Option("--csv", help="As CSV, with every field and a heading.")]


@answers(group, "trail", example="audit trail --kind lab.result_corrected --from 2026-03-01 --store trial.db")
def trail(
    question: Asked,
    participant: OnlyParticipant = "",
    kind: Kinds = None,
    actor: Actors = None,
    actor_role: ActorRoles = None,
    origin: Origins = None,
    site: Sites = None,
    begin: Begin = "",
    end: End = "",
    effective_begin: HappenedFrom = "",
    effective_end: HappenedTo = "",
    late: Late = False,
    late_after: LateAfter = "",
    after_sign_off: AfterSignOff = False,
    language: Language = "en",
    csv: AsCsv = False,
) -> Listing:
    """Show the audit trail: each fact in a sentence, with who, when and why. Every option narrows it."""
    from projections.audit import Line
    from projections.trail import Wanted
    from projections.trail import trail as told

    view = question.view
    wanted = Wanted(
        actors=_known_actors(question, tuple(actor or ())),
        roles=tuple(map(any_role_of, actor_role or ())),
        sites=tuple(_known_site(view, each) for each in site or ()),
        origins=tuple(map(_origin, origin or ())),
        kinds=tuple(_known_kind(each) for each in kind or ()),
        participant=participant,
        recorded=period(view, begin, end),
        effective=period(view, effective_begin, effective_end),
        late=_limit(view, late_after, late=late),
        after_sign_off=after_sign_off,
    )

    def rows() -> Iterator[Row]:
        with progress("Reading", view.position) as bar:
            for each in told(question.app.reading, view, wanted, bar):
                yield _row(each, language)

    fields = (*Line._fields, "happened_at", "late_hours", "sign_offs")
    return Listing(instants(view), rows(), fields, LINE_COLUMNS, as_csv=csv)


def _limit(view: View, late_after: str, *, late: bool) -> timedelta | None:
    """Beyond what an entry is told as late: as said, else as the protocol says; None for any entry."""
    from projections.lateness import late_after as protocol_says

    if late_after:
        return span(late_after, "--late-after")
    return protocol_says(view.trial) if late else None


def _row(told: Told, language: str) -> Row:
    return {
        **fact_line(told.entry, language),
        "happened_at": str(told.happened),
        "late_hours": hours(told.late),
        "sign_offs": [{"kind": each.kind, "name": each.name, "fact": each.fact} for each in told.sign_offs],
    }


def _known_actors(question: Asked, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those names, of accounts or of whoever acted: the machinery has no account, nor has anybody in a store
    without accounts. Raises NotFound.
    """
    from projections.roster import accounts_at

    reading, view = question.app.reading, question.view
    if not names:
        return ()
    strangers = {*names} - accounts_at(reading, view).keys()
    if strangers:
        entries = reading.entries(view.trial_id, upto=view.position)
        acted = {each.command.attribution.actor for each in entries}
        for name in sorted(strangers - acted):
            raise NotFound(
                "account.unknown",
                f"there is no account {name}, and nobody of that name has acted",
                where="--actor",
                remedy=f"Here acted: {', '.join(sorted(acted))}." if acted else "",
            )
    return names


def _known_site(view: View, text: str) -> str:
    plans = (view.trial.document(each.version).protocol.site_plans for each in view.trial.versions)
    sites = sorted({site for each in plans for site in each})
    if text not in sites:
        raise NotFound("site.unknown", f"no site {text} takes part", remedy=f"Sites: {', '.join(sites)}.")
    return text


def _origin(text: str) -> Origin:
    from domain.record import Origin

    check_known((text,), Origin, "origin", "usage.origin")
    return Origin(text)


def _known_kind(text: str) -> str:
    from domain.fact import FACTS

    if not any(topic.startswith(text) for topic in FACTS.topics()):
        groups = dict.fromkeys(topic.partition(".")[0] for topic in FACTS.topics())
        raise Invalid(
            "usage.topic", f"no topic begins with '{text}'", remedy=f"They begin with {', '.join(groups)}."
        )
    return text


@answers(group, "cuts", example="audit cuts --store trial.db")
def cuts(question: Asked) -> Answer:
    """List the data cuts: named positions of the history, each with its instant and who named it."""
    from projections.data_cuts import data_cuts

    rows = [
        {
            "name": cut.name,
            "position": cut.position,
            "instant": str(cut.instant),
            "root": cut.root,
            "fact": cut.named.record.position,
            "named_at": str(cut.named.command.recorded_at),
            **{name: fact_line(cut.named, "en")[name] for name in ("actor", "role", "reason")},
        }
        for cut in data_cuts(question.app.reading, question.view)
    ]
    return listing(question.view, rows, CUT_COLUMNS)
