"""In which order the times of an infusion can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

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
    times = {step: when.at for step, when in known.times.items()} | dict(told)
    thawed, started, ended = (times.get(step) for step in TIMED)
    use_by = use_by or known.use_by
    if started is not None and ended is not None and ended.latest <= started.earliest:
        raise Invalid("infusion.ends_before_start", "the infusion ends before it starts", where=where)
    if thawed is not None and started is not None and started.latest <= thawed.earliest:
        what = "the infusion starts before its product is thawed"
        raise Invalid("infusion.starts_before_thaw", what, where=where)
    if thawed is not None and use_by is not None and use_by.latest <= thawed.earliest:
        raise Invalid("infusion.use_by_before_thaw", "the use-by time lies before the thaw", where=where)
    pauses = max((int(step.partition("-")[2] or 0) for step in times), default=0)
    between = (f"{step}-{number}" for number in range(1, pauses + 1) for step in ("paused", "resumed"))
    if not _in_order([times[step] for step in ("started", *between, "ended") if step in times]):
        what = "the infusion is not paused and resumed between its start and its end, one after the other"
        raise Invalid("infusion.pause_out_of_order", what, where=where)


def next_pause(known: Infusion, trigger: str) -> str:
    """The step that a pause, or the end of one, is."""
    return f"paused-{len(known.pauses) + 1}" if trigger == "pause" else f"resumed-{len(known.pauses)}"


def _in_order(times: Iterable[ClinicalTime]) -> bool:
    """Whether times can have come in this order, in some reading of imprecise ones."""
    since: datetime | None = None
    for each in times:
        if since is not None and each.latest <= since:
            return False
        since = each.earliest if since is None else max(since, each.earliest)
    return True
