"""How a protocol has its data reviewed: reasons of corrections, and queries that edit checks open."""

from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.identifiers import Key
from domain.record import Role
from domain.spec import Spec, Text, unique

CASEBOOK = "casebook"
"""All records of a participant together."""


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


class SignOffPlan(Spec):
    """A record that an investigator signs: a visit by its id, or `casebook` once the participation has ended;
    within so many days, in one of these roles. While a `critical` one is unsigned no data cut is named and no
    extract for analysis written.
    """

    id: Key
    days: Annotated[int, Field(ge=0, le=4000)]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)] = (Role.PRINCIPAL_INVESTIGATOR,)
    critical: bool = True


class ReviewRules(Spec):
    """How data are reviewed: the reasons of which a correction names one, whether every edit check that fires
    opens a query, after how many days an entry is late, in how many hours a result from outside is to be
    here, in how many days the audit trail is reviewed again, and which records are signed. What is planned to
    be signed is signed before it is locked; a protocol that plans none asks for no signature.
    """

    correction_reasons: Annotated[tuple[ReasonCode, ...], Field(min_length=1)] = USUAL_REASONS
    automatic_queries: bool = False
    late_entry_days: Annotated[int, Field(ge=0, le=365)] = 5
    inbound_hours: Annotated[int, Field(ge=1, le=1_000_000)] = 48
    audit_trail_days: Annotated[int, Field(ge=1, le=4000)] = 30
    sign_offs: tuple[SignOffPlan, ...] = ()

    @model_validator(mode="after")
    def _each_reason_once(self) -> Self:
        unique("correction_reasons", [each.code for each in self.correction_reasons])
        unique("sign_offs", [each.id for each in self.sign_offs])
        return self

    @cached_property
    def reason_texts(self) -> dict[str, Text]:
        """The reasons for corrections, by code."""
        return {reason.code: reason.text for reason in self.correction_reasons}
