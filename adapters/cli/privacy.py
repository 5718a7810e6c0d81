"""`trialog privacy …`: identities under their own keys, erasure, restriction, redaction and a scan."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import typer

from adapters.cli.asking import told
from adapters.cli.commands import (
    Acting,
    Answer,
    Asked,
    Fields,
    Recorded,
    answers,
    noun,
    performs,
    receipt,
    receipt_data,
    writes,
)
from adapters.cli.options import Participant
from adapters.cli.output import Table, listing, pairs
from domain.errors import Broken, NotFound

group = noun("privacy", "Keep identities sealed, erase them, restrict processing, redact misplaced texts.")

Ground = Annotated[str, typer.Option("--ground", metavar="TEXT", help="On what ground; kept as a fact.")]


@writes(
    group,
    "record-identity",
    "privacy.record_identity",
    example="privacy record-identity SY01-001 --as li.wei:coordinator",
)
def record_identity(participant: Participant) -> Fields:
    """Keep who a participant is, sealed under a key of the participant's own.

    Name, date of birth, telephone and numbers are asked for at the terminal: on a command line they would
    stay in its history and show in the list of processes. A program gives them by TRIALOG_SECRETS_FD.
    """
    return {"participant": participant, **{name: told(name, words) for name, words in _IDENTITY.items()}}


_IDENTITY = {
    "name": "Name",
    "birth_date": "Date of birth",
    "phone": "Telephone",
    "hospital_number": "Number in the hospital's records",
    "national_id": "Number of the identity card",
}
"""What is asked about a person. All but the name may be left empty."""


@performs(
    group,
    "show-identity",
    example='privacy show-identity SY01-001 --purpose "telephone visit" --as li.wei:coordinator',
)
def show_identity(
    person: Acting,
    participant: Participant,
    purpose: Annotated[str, typer.Option("--purpose", metavar="TEXT", help="What for; kept as a fact.")],
) -> Answer:
    """Read who a participant is. That it was read, by whom and what for, is recorded first."""
    from domain.privacy import Identity

    done = person.execute("privacy.view_identity", {"participant": participant, "purpose": purpose})
    known = person.view().single(Identity, participant)
    sealed = None if known is None else known.identity  # None where it was erased just now
    held = {} if sealed is None else json.loads(person.place.app.vault.open(sealed))
    opened = {name: held.get(name) for name in _IDENTITY}
    return Answer(
        {**receipt_data(done), "participant": participant, "identity": opened},
        (pairs({"participant": participant, **held}),),
    )


@writes(
    group,
    "request-erasure",
    "privacy.request_erasure",
    example='privacy request-erasure SY01-001 --ground "request of 2056-01-07" --as li.wei:coordinator',
)
def request_erasure(participant: Participant, ground: Ground) -> None:
    """Ask to have an identity erased. Refused while the trial's records must be kept."""


@performs(
    group, "approve-erasure", example="privacy approve-erasure SY01-001 --as zhao:principal_investigator"
)
def approve_erasure(person: Acting, participant: Participant) -> Recorded:
    """Agree, as a second person, to an erasure: the identity's key is destroyed."""
    done = person.execute("privacy.approve_erasure", {"participant": participant})
    _carry_out(person)
    return receipt(done)


@writes(
    group,
    "restrict",
    "privacy.restrict_processing",
    example='privacy restrict SY01-001 --ground "asked for on 2026-05-02" --as chen:investigator',
)
def restrict(participant: Participant, ground: Ground) -> None:
    """Keep and protect a participant's data, and leave them out of analyses and extracts."""


@writes(
    group,
    "lift",
    "privacy.lift_restriction",
    example='privacy lift SY01-001 --ground "withdrawn on 2026-06-01" --as chen:investigator',
)
def lift(participant: Participant, ground: Ground) -> None:
    """Use a participant's data again."""


@writes(
    group,
    "redact",
    "privacy.request_redaction",
    example='privacy redact 41 text --ground "holds a name" --as li.wei:coordinator',
)
def redact(
    person: Acting,
    position: Annotated[int, typer.Argument(metavar="POSITION", help="Position of the fact.")],
    field: Annotated[str, typer.Argument(metavar="FIELD", help="The text, as it is named in the fact.")],
    ground: Ground,
    part: Annotated[
        Literal["fact", "envelope"],
        typer.Option("--part", help="Whether the text stands in the fact or in its envelope (reason_text)."),
    ] = "fact",
) -> Fields:
    """Ask to have a text masked that should never have been entered, as a name in a free text."""
    from domain.privacy import Part
    from projections.ports import entry_at

    trial = person.place.trial
    if entry_at(person.seen.reading, trial, position) is None:
        raise NotFound("redaction.no_position", f"there is no fact at position {position} that you may see")
    person.place.app.destruction.check(trial, position, Part(part), field)
    return {"position": position, "part": part, "field": field, "ground": ground}


@performs(
    group,
    "approve-redaction",
    example="privacy approve-redaction 41-text --as zhao:principal_investigator",
)
def approve_redaction(
    person: Acting,
    redaction: Annotated[str, typer.Argument(metavar="ID", help="The redaction, as the list names it.")],
) -> Recorded:
    """Agree, as a second person, to a redaction: the text is destroyed and a mark stands in its place."""
    from domain.privacy import Redaction

    asked = person.view().single(Redaction, redaction)
    if asked is None:
        raise NotFound("redaction.unknown", f"nobody has asked for the redaction {redaction}")
    check = person.place.app.destruction.check
    check(person.place.trial, asked.position, asked.part, asked.field)
    done = person.execute("privacy.approve_redaction", {"redaction": redaction})
    _carry_out(person)
    return receipt(done)


@performs(group, "carry-out", example="privacy carry-out --as zhao:principal_investigator")
def carry_out(person: Acting) -> Answer:
    """Destroy what facts say must be destroyed and is still there, as after a crash."""
    rows = [{"what": each.what, "name": each.name} for each in _carry_out(person)]
    words = f"{len(rows)} destroyed" if rows else "nothing was left to destroy"
    return Answer({"trial": person.place.trial, "destroyed": rows}, (words, Table(rows, ("what", "name"))))


@answers(group, "list", example="privacy list --store trial.db")
def list_privacy(question: Asked) -> Answer:
    """List identities, erasures, restrictions and redactions, and how each stands; never a text."""
    from domain.privacy import Identity, Redaction

    rows: list[dict[str, Any]] = []
    for code, known in question.view.singles(Identity).items():
        state = "erased" if known.erased else "held" if known.identity else "not held"
        rows.append(
            {
                "what": "identity",
                "name": code,
                "state": f"{state}, processing restricted" if known.restricted else state,
                "asked_by": known.request.by if known.request else None,
                "ground": known.request.ground if known.request else None,
            }
        )
    for name, redaction in question.view.singles(Redaction).items():
        rows.append(
            {
                "what": f"{redaction.part} text",
                "name": name,
                "state": "redacted" if redaction.made else "asked for",
                "asked_by": redaction.request.by,
                "ground": redaction.request.ground,
            }
        )
    return listing(question.view, rows, ("what", "name", "state", "asked_by", "ground"))


@answers(group, "scan", example="privacy scan --store trial.db")
def scan(question: Asked) -> Answer:
    """Look for identifiers in clear in the whole history. Ends with exit code 3 when there are any."""
    from domain.privacy import Identity
    from projections.as_of import entries_of
    from projections.identifiers import identifiers_in

    known = {}
    for code, identity in question.view.singles(Identity).items():
        opened = question.app.unseal_identity(identity.identity) if identity.identity else None
        if opened:
            known[code] = json.loads(opened)
    reading, view = question.app.reading, question.view
    found = list(identifiers_in(question.app.ledger, view.trial_id, known, upto=view.position))
    seen = {entry.record.position for entry in entries_of(reading, view)} if found else set()
    rows = [each._asdict() for each in found if each.position in seen]
    answer = listing(question.view, rows, ("position", "part", "field", "what"))
    told = f"{len(known)} identities looked for in {question.view.position} facts: {len(rows)} found"
    failure = None
    if rows:
        failure = Broken(
            "privacy.identifiers",
            f"{len(rows)} texts of the history hold identifiers",
            where=question.view.trial_id,
            rule="direct identifiers stay outside the history",
            remedy="Mask them with 'trialog privacy redact'.",
        )
    return Answer({**answer.data, "identities": len(known)}, (told, *answer.text), failure)


def _carry_out(person: Acting) -> list[Any]:
    app = person.place.app
    done = app.destruction.carry_out(app.view(person.place.trial))
    app.engine.forget(person.place.trial)
    return done
