"""Two years of the registered trial: every alert once, none missing, none stale, as told beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from adapters.calendar import calendar_of
from adapters.notify.courier import Courier, Round
from adapters.notify.settings import Mail, Person, Settings
from domain.clinical_time import Instant
from domain.delivery import Delivery, Outcome, delivery_id
from domain.record import Role
from projections.alerts import alerts_of
from projections.notices import Words
from scheduler.sweeper import Sweeper, Swept
from tests.scheduler.plain_alerts import MINUTE, PlainAlerts
from tests.scheduler.plain_awaited import LADDER
from tests.scheduler.two_years import Killed, TwoYears, told_by
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


PEOPLE = tuple(
    Person(name=name, role=role, site="SY01", email=f"{name}@hospital.example")
    for name, role in {
        "crc": Role.COORDINATOR,
        "inv": Role.INVESTIGATOR,
        "pi": Role.PRINCIPAL_INVESTIGATOR,
        "lab": Role.CELL_LABORATORY,
    }.items()
)
SETTINGS = Settings(
    mail=Mail(host="127.0.0.1", port=1, sender="trialog@hospital.example", security="none"), contacts=PEOPLE
)


class OneScheduler:
    """A scheduler of this process; killed, another one that remembers nothing takes its place."""

    def __init__(self, years: TwoYears) -> None:
        self.handed: Counter[str] = Counter()
        self._years = years
        self._dice = Random(years.dice.random())
        self._engine = Dying(years.app.engine)
        self._begin()

    def _begin(self) -> None:
        self._sweeper = self._fresh(kept_from=2)
        self._courier = Courier(self._years.app, self._years.trial_id, SETTINGS, self._hand_over)

    def _fresh(self, kept_from: int) -> Sweeper:
        return Sweeper(self._engine, self._years.app.reading, self._years.trial_id, calendar_of, kept_from)

    def _hand_over(
        self, delivery: Delivery, _words: Words, _person: Person, _now: Instant
    ) -> tuple[Outcome, str]:
        """Most is taken over, some is put off, and of some the process does not live to hear the answer."""
        luck = self._dice.random()
        if luck < 0.15:
            return Outcome.DEFERRED, "451"
        self.handed[delivery.delivery] += 1
        if luck < 0.2:
            raise Killed(stored=True)
        return Outcome.ACCEPTED, "250"

    def beat(self, told: datetime, *, dies: bool) -> datetime | None:
        """One beat: a sweep, and a round of what is to be sent."""
        self._years.clock.moment = told
        self._engine.dies = dies
        try:
            self._sweeper.beat(Instant.of(told))
            self._courier.run()
        except Killed:
            self._begin()
            raise
        following = (self._sweeper.next_at, self._courier.next_at)
        return min((Instant(each).moment for each in following if each is not None), default=None)

    def idle(self, told: datetime, beats: int) -> None:
        """Of some of these spans one beat, by a scheduler that goes by nothing that was kept."""
        if self._dice.random() > 0.05:
            return
        told += self._dice.randrange(beats) * MINUTE
        self._years.clock.moment = told
        self._engine.dies = False
        assert self._fresh(kept_from=0).beat(Instant.of(told)) == Swept()
        courier = Courier(self._years.app, self._years.trial_id, SETTINGS, self._hand_over)
        assert courier.run() == Round(0, 0, 0, 0)


def is_delivered(years: TwoYears, handed: Counter[str]) -> None:
    """Every alert reached those it told at least once, under one id, unless its cause ended before."""
    view = years.app.view(years.trial_id)
    known = view.singles(Delivery)
    assert handed.keys() <= known.keys()
    missed = wanted = 0
    for alert in alerts_of(view):
        for level, role in enumerate(alert.told):
            for person in PEOPLE:
                if person.role is role:
                    wanted += 1
                    name = delivery_id(years.trial_id, f"alert/{alert.alert}/{level}", person.name)
                    missed += not handed[name]
                    assert handed[name] or not alert.is_standing
                    assert bool(handed[name]) or known.get(name) is None or known[name].status == "cancelled"
    assert missed < wanted / 20
    assert max(handed.values()) > 1


@pytest.mark.parametrize(("zone", "seed"), [("Asia/Shanghai", 3), ("Europe/Berlin", 1)])
def test_over_two_years_every_alert_is_told_once_as_derived_beside_it(
    tmp_path: Path, zone: str, seed: int
) -> None:
    years = TwoYears(str(tmp_path / "trial.db"), seed, 4, zone)
    scheduler = OneScheduler(years)
    years.lived(scheduler)
    beside = PlainAlerts(years.file)
    beside.live(years.app.reading.entries(years.trial_id), years.spans)
    wanted = Counter(each.told_as for each in beside.alerts)
    known = told_by(years.app, years.trial_id)
    is_delivered(years, scheduler.handed)
    years.app.close()
    assert known - wanted == Counter()
    assert wanted - known == Counter()
    assert years.killed > 5
    assert years.beaten + years.skipped > 800_000
    assert {each.rule for each in beside.alerts} >= {*LADDER, *OTHERS}
    assert {each.ended for each in beside.alerts} >= ENDINGS


OTHERS = {
    "query_unanswered",
    "sae_report_overdue",
    "sign_off_overdue",
    "audit_trail_review_overdue",
    "deviation_report_overdue",
}
ENDINGS = {"graver", "cause_changed", "visit_attended", "participant_died", "consent_given", "report_sent"}
ENDINGS |= {"audit_trail_reviewed"}
