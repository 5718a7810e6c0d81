"""The command by which an export records itself."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.consent import Purpose
from domain.errors import NotFound, Refused
from domain.export import EXPORT_STREAM, ExportMade
from domain.identifiers import Digest, ParticipantCode
from domain.record import NewFact, Role
from workflows.command import Untimed
from workflows.leaving import granted, permitted
from workflows.lock_guards import told, unsigned_critical
from workflows.situation import Situation, States, decides

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class RecordExport(Untimed):
    """Record that a file with data of the trial was written: what it holds, for whom and what for.

    It is refused where the file may not leave: for `uses` beside the trial's own, `participants` are those
    whose data are in it, each of whom must have granted all of them. `genetic` says that genetic data are in
    it.
    """

    KIND = "export.record"
    ANY_TIME = True
    kind: Text
    scope: Text
    reader: Role
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    position: Annotated[int, Field(ge=1)]
    sha256: Digest
    uses: tuple[Purpose, ...] = ()
    permit: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] = ""
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""
    participants: tuple[ParticipantCode, ...] = ()
    genetic: bool = False
    left_out: Annotated[int, Field(ge=0)] = 0


@decides(RecordExport)
def record_export(command: RecordExport, situation: Situation) -> list[NewFact]:
    if command.position > situation.head:
        raise NotFound("export.no_position", f"the history ends at position {situation.head}", rule="EX-04")
    _may_leave(command, situation)
    if command.kind in EXTRACTS and extracts_unsigned(command.position, situation.states):
        open_here = told(
            [
                each
                for each in unsigned_critical(situation.states, command.position)
                if each.participant in command.participants  # others may be of a site that is not seen
            ]
        )
        raise Refused(
            "export.unsigned",
            f"critical records are not signed: {open_here or 'of participants that are not in it'}",
            rule="EMA 6.3",
            remedy=f"See 'trialog casebook overdue --all --as-of {command.position}', or take a data cut.",
        )
    fact = ExportMade(
        kind=command.kind,
        scope=command.scope,
        reader=str(command.reader),
        purpose=command.purpose,
        position=command.position,
        sha256=command.sha256,
        uses=command.uses,
        permit=command.permit,
        country=command.country,
        left_out=command.left_out,
    )
    return situation.facts_in(EXPORT_STREAM, situation.when_now(), fact)


EXTRACTS = frozenset({"table"})
"""Kinds of export that analyses are made from; a bundle is the record as it is, for who inspects it."""


def extracts_unsigned(position: int, states: States) -> bool:
    """Whether an extract as of a position would hold critical records that nobody had signed as they stood
    there. A data cut is named where they were.
    """
    return position not in states.trial.cuts.values() and bool(unsigned_critical(states, position))


def _may_leave(command: RecordExport, situation: Situation) -> None:
    """Raise Refused for data that go abroad, or are genetic, without consent and permit (PR-05, IC-07)."""
    permitted(command.uses, command.permit, command.country, situation.trial)
    if set(command.uses) - {Purpose.TRIAL} and not command.participants:
        is_extract = command.kind in EXTRACTS
        raise Refused(
            "export.nobody",
            f"nobody's data may leave for {', '.join(command.uses)}: {command.left_out} are left out"
            if is_extract
            else "the whole record is for the trial's own use",
            rule="PIPL 29, 39",
            remedy="Who has granted what, or has withdrawn: 'trialog consent show CODE'."
            if is_extract
            else "Export a table, or one participant.",
        )
    for code in command.participants:
        granted(code, command.uses, situation)
    if command.genetic and Purpose.GENETIC not in command.uses:
        raise Refused("export.genetic_inside", "genetic data leave for genetic use only", rule="HGR rules")
