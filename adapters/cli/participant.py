"""`trialog participant …`: participants, from the screening log to completion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from adapters.cli.commands import Acting, Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import Language, Participant
from adapters.cli.output import Table, instants, listing, pairs
from adapters.cli.rows import (
    DEVIATION_COLUMNS,
    LINE_COLUMNS,
    RESULT_COLUMNS,
    VISIT_COLUMNS,
    Row,
    at,
    deviation_row,
    marked,
    visit_row,
    without,
)
from domain.errors import Invalid

if TYPE_CHECKING:
    from domain.outcome import Outcomes
    from domain.participant import Participant as State

group = noun("participant", "See participants, and take them from screening to completion.")


# ---------------------------------------------------------------- questions


@answers(group, "list", example="participant list --as-of 2026-06-30T16:00:00Z --store trial.db")
def list_participants(question: Asked) -> Answer:
    """List the participants with where they stand."""
    from projections.participants import participant_rows

    rows = [row._asdict() for row in participant_rows(question.view)]
    columns = ("participant", "site", "status", "sex", "age", "consented", "randomized", "infused", "ended")
    return listing(question.view, rows, columns)


@answers(group, "show", example="participant show SY01-001 --role monitor --store trial.db")
def show(question: Asked, participant: Participant) -> Answer:
    """Show all there is of one participant: course, visits, results, infusions, outcomes, signatures.

    Those entitled see the arm; for others it stays sealed.
    """
    from projections.casebook import signature_rows
    from projections.participants import row_of
    from projections.results import result_rows
    from projections.visit_status import visit_rows

    view, known = question.view, question.participant(participant)
    outcomes = view.outcomes(participant).get(participant)
    data: Row = {
        **instants(view),
        "participant": row_of(view, known)._asdict(),
        "allocation": _allocation(question, known),
        **_consents(known),
        "eligibility": _eligibility(question, known),
        "visits": [visit_row(row) for row in visit_rows(view, participant)],
        "results": [row._asdict() for row in result_rows(view, participant)],
        "infusions": list(_infusions(question, participant)),
        **_outcomes(outcomes),
        "voided": _voided(known, outcomes),
        "signatures": [row._asdict() for row in signature_rows(question.app.reading, view, participant)],
        "deviations": [deviation_row(each, view.moment) for each in question.deviations(participant)],
    }
    return Answer(data, tuple(_shown(data)))


def _shown(data: Row) -> Iterator[Table]:
    allocation = data["allocation"]
    arm = {"arm": None if allocation is None else allocation["arm"] or "sealed"}
    yield pairs(data["participant"] | arm)
    for name, columns in (
        ("consents", ("version", "language", "parties", "copy_given", "at")),
        ("withdrawals", ("scope", "at")),
        ("voided", ("event", "which", "was")),
        ("eligibility", ("criterion", "kind", "holds", "at")),
        ("visits", without(marked(VISIT_COLUMNS, data["visits"]), "participant")),
        ("results", without(marked(RESULT_COLUMNS, data["results"]), "participant")),
        ("infusions", ("infusion", "status", "lot", "bag", "route", "started", "ended", "dose")),
        ("episodes", ("episode", "type", "subtype", "grade", "onset", "resolved")),
        ("adverse_events", ("event", "term", "severity", "serious", "causality", "outcome", "onset")),
        ("dialysis", ("kind", "at")),
        ("treatments", ("treatment", "detail", "at")),
        ("signatures", ("record", "name", "role", "signed_at", "meaning", "stands")),
        ("deviations", without(DEVIATION_COLUMNS, "participant")),
    ):
        if data[name]:
            yield Table(data[name], columns, name.replace("_", " ").capitalize())
        if name == "infusions" and data[name]:
            fields = [{"infusion": each["infusion"], **row} for each in data[name] for row in each["fields"]]
            yield Table(fields, ("infusion", "field", "value"), "Infusion fields")


def _allocation(question: Asked, known: State) -> Row | None:
    if known.randomized is None:
        return None
    arm = question.unseal(known.randomized.allocation)
    return {
        "place": known.randomized.place,
        "at": str(known.randomized.when.at),
        "arm": None if arm is None else arm.strip(),
        "sealed": arm is None,
    }


def _consents(known: State) -> Row:
    return {
        "consents": [
            {
                "version": given.version,
                "language": given.language,
                "parties": list(given.parties),
                "copy_given": given.copy_given,
                "at": str(given.when.at),
                "fact": given.when.fact,
            }
            for given in known.consents
        ],
        "reconsent_requested": list(known.reconsent_requested),
        "withdrawals": [
            {"scope": each.scope, "at": str(each.when.at), "fact": each.when.fact}
            for each in known.withdrawals
        ],
    }


def _voided(known: State, outcomes: Outcomes | None) -> list[Row]:
    """What was recorded in error, oldest first: of the course, of adverse events and of episodes."""
    voided = (*known.voided, *(outcomes.voided if outcomes is not None else ()))
    return [
        {"event": each.event, "which": each.which, "was": str(each.was), "fact": each.by.fact}
        for each in sorted(voided, key=lambda each: each.by.fact)
    ]


def _eligibility(question: Asked, known: State) -> list[Row]:
    from projections.as_of import protocol_of

    rows = []
    for criterion in protocol_of(question.view.trial, known).eligibility.criteria:
        answer = known.answers.get(criterion.id)
        rows.append(
            {
                "criterion": criterion.id,
                "kind": str(criterion.kind),
                "text": criterion.text.en,
                "answered": answer is not None,
                "holds": answer.holds if answer else None,
                "admits": None
                if answer is None or answer.holds is None
                else answer.holds is criterion.admits,
                "at": at(answer.when) if answer else None,
            }
        )
    return rows


def _infusions(question: Asked, code: str) -> Iterator[Row]:
    from domain.dose import dose_of
    from projections.fields import leaves, shown

    for number, known in question.view.infusions(code).get(code, {}).items():
        if known.status is None:  # reported in error, and taken back
            continue
        details = None if known.access is None else question.unseal(known.access)
        yield {
            "infusion": int(number),
            "status": str(known.status),
            "lot": known.lot,
            "bag": known.bag,
            "use_by": None if known.use_by is None else str(known.use_by),
            "started": at(known.started),
            "ended": at(known.ended),
            "dose": None if (dose := dose_of(known, question.view.trial)) is None else dose.told,
            "route": None if details is None else json.loads(details)["route"],
            "sealed": known.access is not None and details is None,
            "fields": [
                {"field": path, "value": shown(leaf, None, question.unseal)}
                for path, leaf in leaves(known).items()
                if not path.startswith("corrected/")  # 'correction changes' lists them
            ],
        }


def _outcomes(outcomes: Outcomes | None) -> Row:
    from domain.outcome import Outcomes

    known = outcomes or Outcomes()
    return {
        "episodes": [
            {
                "episode": name,
                "type": each.type,
                "subtype": each.subtype,
                "grade": each.grade,
                "grades": [{"grade": grade, "at": str(when.at)} for grade, when in each.grades],
                "onset": str(each.onset.at),
                "resolved": at(each.resolved),
            }
            for name, each in known.episodes.items()
        ],
        "adverse_events": [
            {
                "event": name,
                "term": each.term,
                "severity": each.severity,
                "serious": each.serious,
                "criteria": list(each.criteria),
                "outcome": each.outcome,
                "causality": each.assessment.causality if each.assessment is not None else None,
                "expected": each.assessment.expected if each.assessment is not None else None,
                "onset": str(each.onset.at),
                "aware": None if each.aware is None else str(each.aware),
                "versions": len(each.words) + len(each.assessments),
            }
            for name, each in known.adverse_events.items()
        ],
        "dialysis": [{"kind": each.kind, "at": str(each.at), "fact": each.fact} for each in known.dialysis],
        "treatments": [
            {
                "treatment": each.treatment,
                "detail": each.detail,
                "at": str(each.when.at),
                "fact": each.when.fact,
            }
            for each in known.treatments
        ],
    }


@answers(group, "history", example="participant history SY01-001 --language zh --store trial.db")
def history(
    question: Asked,
    participant: Participant,
    language: Language = "en",
) -> Answer:
    """Show the audit trail of one participant: each fact in a sentence, with who, when and why."""
    from domain.identifiers import participant_stream
    from projections.audit import history as lines

    stream = participant_stream(participant)
    rows = [line._asdict() for line in lines(question.app.reading, question.view, stream, language)]
    return listing(question.view, rows, LINE_COLUMNS)


# ---------------------------------------------------------------- steps


@writes(
    group,
    "screen",
    "participant.pre_screen",
    example="participant screen SY01-001 --site SY01 --sex female --age 54 --as an.li:coordinator",
)
def screen(
    participant: Participant,
    site: Annotated[str, typer.Option("--site", metavar="SITE", help="The site that screens.")],
    sex: Annotated[Literal["female", "male"] | None, typer.Option("--sex", help="Sex.")] = None,
    age: Annotated[str | None, typer.Option("--age", metavar="YEARS", help="Age, in years.")] = None,
) -> None:
    """Put a person on the screening log, under a code that tells nothing of who it is."""


@writes(
    group,
    "answer",
    "participant.answer_criteria",
    example="participant answer SY01-001 esld=yes hiv=no --as an.li:coordinator",
)
def answer(
    person: Acting,
    participant: Participant,
    answers: Annotated[
        list[str] | None,
        typer.Argument(metavar="CRITERION=yes|no|unknown…", help="Whether each criterion holds."),
    ] = None,
    all_met: Annotated[
        bool,
        typer.Option("--all-met", help="Every inclusion criterion holds, and no exclusion criterion does."),
    ] = False,
) -> Fields:
    """Answer eligibility criteria."""
    if bool(answers) is all_met:
        raise Invalid(
            "usage.answers",
            "name the answers, or say --all-met",
            remedy="As: esld=yes hiv=no, one or the other.",
        )
    if all_met:
        criteria = person.protocol_of(participant).eligibility.criteria
        return {"participant": participant, "answers": {each.id: each.admits for each in criteria}}
    return {"participant": participant, "answers": _answers(answers or [])}


_HOLDS: dict[str, bool | None] = {"yes": True, "no": False, "unknown": None}


def _answers(words: list[str]) -> dict[str, bool | None]:
    found: dict[str, bool | None] = {}
    for word in words:
        criterion, _, said = word.partition("=")
        if said.lower() not in _HOLDS or not criterion:
            raise Invalid(
                "usage.answer", f"'{word}' is no answer", remedy="Write it like esld=yes, no or unknown."
            )
        if criterion in found:
            raise Invalid("usage.answer_twice", f"{criterion} is answered twice")
        found[criterion] = _HOLDS[said.lower()]
    return found


@writes(
    group,
    "sign",
    "participant.sign_eligibility",
    example="participant sign SY01-001 --as li.wei:investigator",
)
def sign(participant: Participant) -> None:
    """Sign that the participant is eligible."""


@writes(
    group,
    "randomize",
    "participant.randomize",
    example="participant randomize SY01-001 --as li.wei:investigator",
)
def randomize(participant: Participant) -> None:
    """Allocate the participant the next place of the sealed list. Once, and not to be undone."""


@writes(
    group,
    "request-reconsent",
    "participant.request_reconsent",
    example="participant request-reconsent SY01-001 2.0 --as an.li:coordinator",
)
def request_reconsent(
    participant: Participant,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The version of the form to be signed.")],
) -> None:
    """Ask for renewed consent on a newer version of the form."""


@writes(
    group,
    "assess-unblinding",
    "participant.assess_unblinding",
    example='participant assess-unblinding SY01-001 "nothing was assessed after it" --as li.wei:investigator',
)
def assess_unblinding(
    participant: Participant,
    assessment: Annotated[str, typer.Argument(metavar="ASSESSMENT", help="What it means for the results.")],
) -> None:
    """Say what a disclosure of the allocation means for the trial's results."""


@writes(
    group,
    "complete",
    "participant.complete",
    example="participant complete SY01-001 --as an.li:coordinator",
)
def complete(participant: Participant) -> None:
    """Say that the participant has completed the trial."""
