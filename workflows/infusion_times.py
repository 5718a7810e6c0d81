"""In which order the times of an infusion can be."""

from __future__ import annotations

from collections.abc import Mapping

from domain.clinical_time import ClinicalTime
from domain.errors import Invalid
from domain.infusion import Infusion
from domain.infusion_state import TIMED


def refuse_disorder(
    known: Infusion, told: Mapping[str, ClinicalTime], where: str, use_by: ClinicalTime | None = None
) -> None:
    """Raise Invalid where the times of an infusion cannot be, with those that are `told` now, by step, and a
    use-by time, in the place of what is known.
    """
    stand = ((step, known.when(step)) for step in TIMED)
    times = {step: when.at for step, when in stand if when is not None} | dict(told)
    thawed, started, ended = (times.get(step) for step in TIMED)
    use_by = use_by or known.use_by
    if started is not None and ended is not None and ended.latest <= started.earliest:
        raise Invalid("infusion.ends_before_start", "the infusion ends before it starts", where=where)
    if thawed is not None and started is not None and started.latest <= thawed.earliest:
        what = "the infusion starts before its product is thawed"
        raise Invalid("infusion.starts_before_thaw", what, where=where)
    if thawed is not None and use_by is not None and use_by.latest <= thawed.earliest:
        raise Invalid("infusion.use_by_before_thaw", "the use-by time lies before the thaw", where=where)
