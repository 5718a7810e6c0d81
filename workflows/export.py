"""The command by which an export records itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime, Precision
from domain.errors import Refused
from domain.export import EXPORT_STREAM, Digest, ExportMade
from domain.record import NewFact, Role
from workflows.command import Step
from workflows.situation import Situation, decides

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class RecordExport(Step):
    """Record that a file with data of the trial was written: what it holds, for whom and what for."""

    KIND = "export.record"
    ANY_TIME = True
    kind: Text
    scope: Text
    reader: Role
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    position: Annotated[int, Field(ge=1)]
    sha256: Digest


@decides(RecordExport)
def record_export(command: RecordExport, situation: Situation) -> list[NewFact]:
    if command.position > situation.head:
        raise Refused("export.no_position", f"the history ends at position {situation.head}", rule="EX-04")
    fact = ExportMade(
        kind=command.kind,
        scope=command.scope,
        reader=str(command.reader),
        purpose=command.purpose,
        position=command.position,
        sha256=command.sha256,
    )
    now = ClinicalTime.at(situation.now.moment, situation.home_zone, Precision.SECOND)
    version = situation.trial.versions[-1].version if situation.trial.versions else ""
    return [NewFact(EXPORT_STREAM, now, version, fact)]
