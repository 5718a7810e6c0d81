"""How a protocol has its data reviewed: reasons of corrections, verification, sign-off, needs of a lock."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.identifiers import Key
from domain.spec import Spec, Text, unique


class ReasonCode(Spec):
    """A reason for which a recorded value may be corrected, as people choose it from a list."""

    code: Key
    text: Text


def _reason(code: str, en: str, zh: str) -> ReasonCode:
    return ReasonCode(code=code, text=Text(en=en, zh=zh))


USUAL_REASONS = (
    _reason("transcription", "error in copying from the source", "自源文件转录错误"),
    _reason("source_corrected", "the source itself was corrected", "源文件已更正"),
    _reason("unit", "wrong unit", "单位错误"),
    _reason("other_visit", "belongs to another visit", "属于另一访视"),
    _reason("other_participant", "belongs to another participant", "属于另一参与者"),
    _reason("assessment_revised", "assessed anew", "重新评估"),
    _reason("query", "found by a query", "因质疑发现"),
    _reason("other", "another reason", "其他原因"),
)
"""The list of a protocol that names none of its own."""


class LockNeed(StrEnum):
    """What must be settled before the trial is locked."""

    QUERIES_CLOSED = "queries_closed"
    PROPOSALS_DECIDED = "proposals_decided"
    CASEBOOKS_SIGNED = "casebooks_signed"
    DEVIATIONS_ASSESSED = "deviations_assessed"
    UNBLINDINGS_ASSESSED = "unblindings_assessed"


class SignOff(Spec):
    """A milestone of sign-off: the visits an investigator signs, or the whole casebook where none is named.

    `days` run from the attendance of a visit, for a casebook from the end of the participant's course.
    No data cut is named while a `critical` one is unsigned.
    """

    id: Key
    name: Text
    visits: tuple[Key, ...] = ()
    days: Annotated[int, Field(ge=0, le=4000)]
    critical: bool = False


class ReviewRules(Spec):
    """How data are reviewed.

    `source_verified` names the items that must be verified against their source before a visit is frozen;
    what is signed must be frozen first if `frozen_before_signing` says so; `overridable` are the needs of a
    lock that may be passed over with a reason; `automatic_queries` has every edit check that fires open one.
    """

    correction_reasons: Annotated[tuple[ReasonCode, ...], Field(min_length=1)] = USUAL_REASONS
    automatic_queries: bool = False
    source_verified: tuple[Key, ...] = ()
    frozen_before_signing: bool = False
    sign_offs: tuple[SignOff, ...] = ()
    lock_needs: tuple[LockNeed, ...] = tuple(LockNeed)
    overridable: tuple[LockNeed, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        unique("correction_reasons", [each.code for each in self.correction_reasons])
        unique("sign_offs", [each.id for each in self.sign_offs])
        unique("lock_needs", list(self.lock_needs))
        strange = sorted(set(self.overridable) - set(self.lock_needs))
        if strange:
            raise ValueError(f"overridable: {', '.join(strange)} is none of the lock_needs")
        return self
