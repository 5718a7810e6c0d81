"""Two years of the registered trial: every alert once, none missing, none stale, as told beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from adapters.app import App
from adapters.calendar import calendar_of
from domain.clinical_time import Instant
from projections.alerts import alerts_of
from scheduler.sweeper import Sweeper, Swept
from tests.scheduler.plain_alerts import LADDER, PlainAlerts
from tests.scheduler.two_years import Killed, TwoYears
from workflows.command import Issue, Receipt
from workflows.engine import Engine


class Dying(Engine):
    """An engine whose process ends before, amid or after a commit, when it is told to."""

    def __init__(self, engine: Engine) -> None:
        self.__dict__.update(engine.__dict__)
        self.dice = Random(1)
        self.dies = False

    def execute_many(self, trial: str, issues: Iterator[Issue]) -> list[Receipt]:  # type: ignore[override]
        """Commands in one commit, unless it dies."""
        if not self.dies:
            return super().execute_many(trial, issues)  # type: ignore[return-value]
        moment = self.dice.choice(("before", "amid", "after"))

        def cut_short() -> Iterator[Issue]:
            for issue in issues:
                yield issue
                if moment == "amid":
                    raise Killed(stored=False)

        if moment == "before":
            raise Killed(stored=False)
        super().execute_many(trial, cut_short())
        raise Killed(stored=True)


class OneScheduler:
    """A scheduler of this process; killed, another one that remembers nothing takes its place."""

    def __init__(self, years: TwoYears) -> None:
        self._years = years
        self._engine = Dying(years.app.engine)
        self._sweeper = self._fresh()

    def _fresh(self) -> Sweeper:
        return Sweeper(self._engine, self._years.app.reading, self._years.trial_id, calendar_of)

    def beat(self, told: datetime, *, dies: bool) -> datetime | None:
        """One beat."""
        self._years.clock.moment = told
        self._engine.dies = dies
        try:
            self._sweeper.beat(Instant.of(told))
        except Killed:
            self._sweeper = self._fresh()
            raise
        following = self._sweeper.next_at
        return None if following is None else following.moment

    def idle(self, told: datetime) -> None:
        """A beat at which nothing can be due."""
        self._years.clock.moment = told
        self._engine.dies = False
        assert self._fresh().beat(Instant.of(told)) == Swept()


def told_by(app: App, trial: str) -> Counter[tuple[object, ...]]:
    """What the product told, alert by alert."""
    return Counter(
        (
            each.participant,
            each.subject,
            each.rule,
            each.due_at.moment.isoformat(),
            tuple(role.value for role in each.told),
            each.ended_because,
        )
        for each in alerts_of(app.view(trial))
    )


@pytest.mark.parametrize(("zone", "seed"), [("Asia/Shanghai", 3), ("Europe/Berlin", 1)])
def test_over_two_years_every_alert_is_told_once_as_derived_beside_it(
    tmp_path: Path, zone: str, seed: int
) -> None:
    years = TwoYears(str(tmp_path / "trial.db"), seed, 6, zone)
    years.lived(OneScheduler(years))
    beside = PlainAlerts(years.file)
    beside.live(years.app.reading.entries(years.trial_id), years.spans)
    wanted = Counter(each.told_as for each in beside.alerts)
    known = told_by(years.app, years.trial_id)
    years.app.close()
    assert known - wanted == Counter()
    assert wanted - known == Counter()
    assert years.killed > 5
    assert years.beaten + years.skipped > 800_000
    assert {each.rule for each in beside.alerts} >= {*LADDER, "query_unanswered", "sae_report_overdue"}
    assert {each.ended for each in beside.alerts} >= ENDINGS


ENDINGS = {"graver", "cause_changed", "visit_attended", "participant_died", "consent_given"}
