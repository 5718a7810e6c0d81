"""Handing a bundle out: made, written, and recorded as a fact that names its exact bytes (EX-04)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from adapters.app import App
from adapters.bundle.made import Wanted, bundle, evidence
from adapters.bundle.report import reports
from adapters.exports.terms import WITHIN, Terms
from adapters.exports.written import write
from adapters.files.places import check_new
from adapters.zipped import zipped
from domain.clinical_time import Instant
from domain.consent import Purpose
from domain.errors import NotFound
from domain.identifiers import participant_stream
from domain.observation import item_of
from domain.privacy import Part, Redaction
from domain.record import Attribution, Role
from projections.as_of import View, participant_of
from projections.leaving import genetic_items
from projections.ports import sealed_to_all
from workflows.command import Receipt, checked
from workflows.export import RecordExport
from workflows.policy import authorise_question

QUESTION = "export.bundle"


@dataclass(frozen=True, slots=True)
class Asked:
    """A bundle asked for: a trial to a position, or one participant of it; by whom, for whom and why."""

    trial: str
    position: int
    by: Attribution
    reader: Role
    purpose: str
    participant: str = ""
    witnesses: tuple[str, ...] = ()
    terms: Terms = WITHIN


@dataclass(frozen=True, slots=True)
class Made:
    """A bundle as it was written, and where that is recorded."""

    file: Path
    digest: str
    size: int
    masked: bool
    receipt: Receipt


def made(app: App, asked: Asked, release: str) -> tuple[bytes, Wanted]:
    """The bytes of a bundle, and what it holds: the same for the same record and the same question.

    It is masked when the protocol of today masks the reader, or whoever makes it. Raises Denied; NotFound,
    also as of a position before something in it was redacted: what stood there is gone, its order came later.
    """
    for role in (asked.by.role, asked.reader):
        authorise_question(QUESTION, role)
    view = app.view(asked.trial, asked.position)
    if asked.participant:
        participant_of(view, asked.participant)
    _check_still_there(app, view, asked.participant)
    trial = app.view(asked.trial).trial
    masked = trial.masks(asked.reader) or trial.masks(asked.by.role)
    wanted = Wanted(
        asked.trial,
        view.position,
        asked.participant,
        str(asked.reader),
        masked,
        str(Instant.of(view.moment)),
        release,
        frozenset() if Purpose.GENETIC in asked.terms.uses else _genetic(app, asked),
    )
    known = evidence(app.ledger, wanted, asked.witnesses)
    unseal = sealed_to_all if masked else app.unseal(trial, asked.reader)
    pages = reports(app.reading, view, unseal, wanted, known)
    return zipped(bundle(wanted, known, pages)), wanted


def _check_still_there(app: App, view: View, participant: str) -> None:
    """Raise NotFound when something of the record as of the view was redacted later."""
    trial, upto = view.trial_id, view.position
    for each in app.view(trial).singles(Redaction).values():
        if each.made is None or each.made.fact <= upto:
            continue
        (line,) = app.ledger.stored_lines(trial, after=each.position - 1, upto=each.position)
        is_envelope = each.part is Part.ENVELOPE
        if is_envelope and line.command <= upto:
            what = f"the envelope of the fact at position {each.position}"
        elif (
            not is_envelope
            and each.position <= upto
            and (not participant or line.stream == participant_stream(participant))
        ):
            what = f"the fact at position {each.position}"
        else:
            continue
        raise NotFound(
            "bundle.redacted_since",
            f"{what} was redacted at position {each.made.fact}, and is no longer there as of {upto}",
            where=trial,
            remedy=f"Ask as of position {each.made.fact} or later: there the order stands beside it.",
        )


def _genetic(app: App, asked: Asked) -> frozenset[str]:
    """The items that any protocol version tags as genetic: their values leave for genetic use alone."""
    trial = app.view(asked.trial, asked.position).trial
    protocols = (trial.document(each.version).protocol for each in trial.versions)
    return frozenset(item for protocol in protocols for item in genetic_items(protocol))


def _has_genetic(app: App, asked: Asked, items: frozenset[str]) -> bool:
    """Whether values of genetic items are among what is exported."""
    view = app.view(asked.trial, asked.position)
    visits = (visit for each in view.results(asked.participant).values() for visit in each.values())
    return bool(items) and any(item_of(result) in items for visit in visits for result in visit)


def export(app: App, asked: Asked, out: Path, release: str) -> Made:
    """Write a bundle to a new file, and record that it was written. Raises Invalid if there is a file."""
    check_new(out)
    data, wanted = made(app, asked, release)
    command = checked(
        RecordExport,
        kind="bundle",
        scope=f"participant {asked.participant}" if asked.participant else "whole record",
        reader=asked.reader,
        purpose=asked.purpose,
        position=wanted.position,
        sha256=sha256(data).hexdigest(),
        uses=asked.terms.uses,
        permit=asked.terms.permit,
        country=asked.terms.country,
        participants=(asked.participant,) if asked.participant and asked.terms.uses else (),
        genetic=_has_genetic(app, asked, _genetic(app, asked) - wanted.genetic),
    )
    receipt = write(app, asked.trial, asked.by, command, data, out)
    return Made(out, command.sha256, len(data), wanted.masked, receipt)
