"""`trialog casebook freeze | lock | …`: closing records to entry, and opening them again."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.casebook import RecordArgument, group
from adapters.cli.commands import Answer, Asked, Fields, answers, writes
from adapters.cli.output import listing

Whose = Annotated[
    str, typer.Argument(metavar="CODE", help="Participant code; none for a whole site.", show_default=False)
]
WholeSite = Annotated[str, typer.Option("--whole-site", metavar="SITE", help="All casebooks of this site.")]

_COLUMNS = ("against", "participant", "record", "about")


@answers(group, "lock-check", example="casebook lock-check --store trial.db")
def lock_check(
    question: Asked,
    participant: Whose = "",
    record: RecordArgument = "casebook",
    whole_site: WholeSite = "",
) -> Answer:
    """List what stands against locking a record, a casebook, a site or the whole trial.

    That are open queries, records that are unsigned or changed since, disclosures that nobody has assessed.
    """
    from projections.locking import against_locking

    found = against_locking(
        question.app.reading, question.view, participant=participant, site=whole_site, record=record
    )
    rows = [{**each._asdict(), "against": str(each.against)} for each in found]
    return listing(question.view, rows, _COLUMNS)


def _about(participant: str, record: str, whole_site: str) -> Fields:
    return {"participant": participant or None, "site": whole_site or None, "record": record}


@writes(
    group,
    "freeze",
    "record.freeze",
    example='casebook freeze SY01-001 week-4 --reason "under review" --as w.sun:data_manager',
)
def freeze(
    participant: Whose = "", record: RecordArgument = "casebook", whole_site: WholeSite = ""
) -> Fields:
    """Freeze a record, a casebook or a site: the site changes nothing there. Queries and signatures go on."""
    return _about(participant, record, whole_site)


@writes(
    group,
    "unfreeze",
    "record.unfreeze",
    example='casebook unfreeze SY01-001 week-4 --reason "a value is wrong" --as w.sun:data_manager',
)
def unfreeze(
    participant: Whose = "", record: RecordArgument = "casebook", whole_site: WholeSite = ""
) -> Fields:
    """Let the site go on with what was frozen."""
    return _about(participant, record, whole_site)


@writes(
    group,
    "lock",
    "record.lock",
    example='casebook lock SY01-001 --reason "clean and signed" --as w.sun:data_manager',
)
def lock(participant: Whose = "", record: RecordArgument = "casebook", whole_site: WholeSite = "") -> Fields:
    """Lock a record, a casebook or a site: nothing is entered there.

    Refused while `lock-check` lists anything.
    """
    return _about(participant, record, whole_site)


@writes(
    group,
    "request-unlock",
    "record.request_unlock",
    example='casebook request-unlock SY01-001 --reason "late report" --as w.sun:data_manager',
)
def request_unlock(
    participant: Whose = "", record: RecordArgument = "casebook", whole_site: WholeSite = ""
) -> Fields:
    """Ask that what is locked be opened again; another person decides."""
    return _about(participant, record, whole_site)


@writes(
    group,
    "unlock",
    "record.unlock",
    example='casebook unlock SY01-001 --reason "the report is real" --as li.wei:principal_investigator',
)
def unlock(
    participant: Whose = "", record: RecordArgument = "casebook", whole_site: WholeSite = ""
) -> Fields:
    """Open what is locked, as another person has asked."""
    return _about(participant, record, whole_site)
