"""Liver scores as pure functions of what was reported: the formulas, each under its own id.

"MELD" is a family: every variant is a formula of its own, and none turns into another because an input
happens to be there or not. What each computes, from which source and under which conventions, is in
`docs/scores.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from domain.errors import Invalid
from domain.scores import albi, child_pugh, meld, meld_3_0, meld_na
from domain.scores.formula import Formula
from domain.scores.inputs import Quantity, ScoreInputs
from domain.scores.result import Score, Used

FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {
        each.id: each
        for each in (meld.FORMULA, meld_na.FORMULA, meld_3_0.FORMULA, child_pugh.FORMULA, albi.FORMULA)
    }
)
"""Every formula by its id. An id stands for one computation for ever; another one takes another id."""


def formula_of(formula_id: str) -> Formula:
    """The formula of this id. Raises Invalid for an id that is none."""
    formula = FORMULAS.get(formula_id)
    if formula is None:
        raise Invalid(
            "score.formula", f"there is no score '{formula_id[:60]}'; there are {', '.join(FORMULAS)}"
        )
    return formula


def score(formula_id: str, inputs: ScoreInputs) -> Score:
    """The score these inputs make under a formula. Raises Invalid for an unknown formula, for no input."""
    return formula_of(formula_id).score(inputs)


__all__ = ["FORMULAS", "Formula", "Quantity", "Score", "ScoreInputs", "Used", "formula_of", "score"]
