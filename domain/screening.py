"""What is recorded of a person at the screening: site, sex and age, and how they are put right; the birth.

The topics below are the storage format. How they change a participant is in `domain.participant`. No fact
holds a name, a date of birth or a hospital number.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.identifiers import ParticipantCode, SiteId
from domain.put_right import told_right
from domain.words import in_chinese

Sex = Annotated[str, StringConstraints(pattern=r"^(female|male)$")]


class PreScreened(Fact):
    """A person stands on the screening log under a participant code."""

    TOPIC = "participant.pre_screened.v1"
    EN = "Pre-screened at site {site} (sex {sex}, age {age:years})"
    ZH = "在中心 {site} 预筛选（性别 {sex}，年龄 {age:岁}）"
    code: ParticipantCode
    site: SiteId
    sex: Sex | None = None
    age: Annotated[Decimal, Field(ge=0, le=150)] | None = None


class ScreeningCorrected(Fact):
    """What was recorded at the screening is put right: the time, the sex, the age. What is left out stands.
    It takes the clinical time of the screening that is right, and tells what stood there.
    """

    TOPIC = "participant.screening_corrected.v1"
    EN = "Screening corrected: {now}"
    ZH = "筛选信息更正：{now_zh}"
    PUTS_RIGHT = "corrected"
    screened: ClinicalTime | None = None
    screened_was: ClinicalTime | None = None
    sex: Sex | None = None
    sex_was: Sex | None = None
    age: Annotated[Decimal, Field(ge=0, le=150)] | None = None
    age_was: Annotated[Decimal, Field(ge=0, le=150)] | None = None

    @property
    def now(self) -> str:
        """What it is corrected to and what stood there, for the sentence."""
        return told_right(self._righted(("screened", "sex", "age"), "not stated"))

    @property
    def now_zh(self) -> str:
        """What it is corrected to and what stood there, for the sentence in Chinese."""
        parts = self._righted(("筛选时间", "性别", "年龄"), "未说明")
        return told_right(((name, in_chinese(now), in_chinese(was)) for name, now, was in parts), zh=True)

    @property
    def was(self) -> str:
        """What stood there and is put right, when it was apart: `sex female, age 54`."""
        told = (("sex", self.sex, self.sex_was), ("age", self.age, self.age_was))
        return ", ".join(f"{name} {was or 'not stated'}" for name, now, was in told if now is not None)

    def _righted(self, names: tuple[str, str, str], absent: str) -> Iterator[tuple[str, str, str]]:
        screened, sex, age = names
        told = (
            (screened, self.screened, self.screened_was),
            (sex, self.sex, self.sex_was),
            (age, self.age, self.age_was),
        )
        for name, now, was in told:
            if now is not None:
                yield name, str(now), absent if was is None else str(was)


SCREENING = (PreScreened, ScreeningCorrected)
"""Facts that say when the participant was screened: only the last of them is right."""


class BirthRecorded(Fact):
    """The year of birth, or year and month, and no more: for when the participant comes of age."""

    TOPIC = "participant.birth_recorded.v1"
    EN = "Born in {born}"
    ZH = "出生于 {born}"
    born: ClinicalTime
