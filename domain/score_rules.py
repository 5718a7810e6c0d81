"""How a protocol puts scores together and what it counts as decompensation, as data."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from domain.identifiers import Key
from domain.spec import Line, Spec, unique


class ScoreInputName(StrEnum):
    """The inputs of scores that items give; sex is the participant's, dialysis is counted from sessions."""

    BILIRUBIN = "bilirubin"
    CREATININE = "creatinine"
    INR = "inr"
    SODIUM = "sodium"
    ALBUMIN = "albumin"
    ASCITES = "ascites"
    ENCEPHALOPATHY = "encephalopathy"

    @property
    def is_graded(self) -> bool:
        """Whether this is an assessment, not a quantity."""
        return self in (ScoreInputName.ASCITES, ScoreInputName.ENCEPHALOPATHY)


_SCORE_GRADES = {
    "ascites": ("none", "mild", "moderate", "severe"),
    "encephalopathy": ("0", "1", "2", "3", "4"),
}


class GradeMeaning(Spec):
    """What a grade means to the formulas: none to severe for ascites, 0 to 4 for encephalopathy."""

    code: Key
    means: Line


class ScoreInput(Spec):
    """The item that gives an input of the scores. A grade that is not told here means nothing to them."""

    id: ScoreInputName
    item: Key
    grades: tuple[GradeMeaning, ...] = ()

    @model_validator(mode="after")
    def _grades_the_formulas_know(self) -> Self:
        unique("grades", [each.code for each in self.grades])
        known = _SCORE_GRADES.get(self.id.value, ())
        strange = [each.means for each in self.grades if each.means not in known]
        if strange:
            raise ValueError(f"grades: {self.id.value} knows no {', '.join(strange)}")
        if self.id.is_graded and not self.grades:
            raise ValueError("grades: tell what each grade means to the formulas")
        return self

    def meaning(self, grade: str) -> str | None:
        """What a grade means to the formulas, None for one that means nothing to them."""
        return next((each.means for each in self.grades if each.code == grade), None)


class ScoreRules(Spec):
    """From which values of a visit its scores are computed, and what a change is counted from.

    Values of one calendar day go together; where no day is complete, values at most `mixed_day_hours` apart
    do, and the score says so. Grades count within `assessment_days` of the visit. `dialysis` tells whether
    sessions are `recorded`, so that none recorded means there was none, or `unrecorded`, so that nobody
    knows. The baseline is the set of `baseline_visit`; without one, the last complete set before the
    schedule's anchor, at most `baseline_limit_days` before it, and flagged beyond `baseline_days`.
    """

    inputs: tuple[ScoreInput, ...] = ()
    mixed_day_hours: Annotated[int, Field(ge=0, le=168)] = 48
    assessment_days: Annotated[int, Field(ge=0, le=28)] = 3
    dialysis: Annotated[str, StringConstraints(pattern=r"^(recorded|unrecorded)$")] = "unrecorded"
    baseline_visit: Key | None = None
    baseline_days: Annotated[int, Field(ge=0, le=4000)] = 7
    baseline_limit_days: Annotated[int, Field(ge=0, le=4000)] = 28

    @model_validator(mode="after")
    def _settled(self) -> Self:
        unique("inputs", [each.id for each in self.inputs])
        if self.baseline_days > self.baseline_limit_days:
            raise ValueError("baseline_days: lies beyond baseline_limit_days")
        return self


class DecompensationSign(Spec):
    """The grades of an item that are decompensation of a type when a visit finds them, mildest first."""

    id: Key
    item: Key
    present: Annotated[tuple[Key, ...], Field(min_length=1)]
