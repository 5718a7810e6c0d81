"""No statistic over what a masked role can see tells the arm better than chance.

The worlds of `test_arm_swap` are the same to the byte; here one trial alone is looked at, as somebody would
who wants to find out. Twenty-four participants are followed, each at a pace and with events of their own, by
the route of their arm. Of all that a role is told, everything countable is counted for each participant: how
many rows and facts and of which kind, how long they are, where they stand, how far apart in time. Then the
arms are shuffled: what tells the arm does so better than nearly every shuffle of it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import rankdata

from adapters.bundle.service import Asked, made
from adapters.zipped import unzipped
from domain.record import Role
from tests.audit.course import terminal
from tests.cli.terminal import Terminal
from tests.masking.worlds import MASKED, PROTOCOL
from tests.support.scenario import Scenario
from tests.support.trial import EXTERNAL, TRIAL, active, course, day, entitled, person, small
from workflows import adverse_event, infusion, observation, outcome, participant, visit
from workflows.command import Command, Issue, Receipt

CODES = tuple(f"S1-{number:03}" for number in range(1, 25))
LOOKED_AT = (
    "participant.list",
    "visit.list",
    "result.list",
    "deviation.list",
    "safety.list",
    "lot.list",
    "audit.trail",
)
"""What lists participants, or names them."""
MASKED_ROLES = PROTOCOL.protocol.masking.masked_roles
TRIAL_OF_MANY = small(EXTERNAL | {"enrolment.target": 40, "masking.masked_roles": list(MASKED_ROLES)})
SHUFFLES = 999
CHANCE = 0.01
"""A statistic that fewer than one shuffle in a hundred reaches tells the arm."""

_TIME = re.compile(r"2026-\d\d-\d\d(T[^ ]*)?(\[.*\])?")

Numbers = dict[str, dict[str, float]]
"""What can be counted of each participant: by participant and by what it is."""
Arms = dict[str, str]


# ---------------------------------------------------------------- a trial


def allocated(random: Random) -> Arms:
    """Half of the participants to each arm, in random order."""
    arms = ["vein", "artery"] * (len(CODES) // 2)
    random.shuffle(arms)
    return dict(zip(CODES, arms, strict=True))


def followed(code: str, route: str, number: int, random: Random) -> Iterator[Command]:
    """One participant's course by the route of the arm; a few are given the other one, and it is recorded."""
    yield from course("eligible", code)
    yield participant.RecordRandomization(participant=code, at=day(0, "12:30"), arm=f"by-{route}")
    fate = random.random()
    if fate < 0.5:
        yield from _step_by_step(code, route, f"B{number}")
    else:
        yield infusion.RecordInfusion(
            participant=code,
            at=day(0, f"13:{random.randrange(10, 59)}"),
            route=route if fate < 0.85 else {"vein": "artery", "artery": "vein"}[route],
            lot="L1",
            bag=f"B{number}",
        )
    for _ in range(random.randrange(3)):
        yield adverse_event.RecordAdverseEvent(
            participant=code, at=day(random.randrange(1, 20)), term="a rash", severity="mild"
        )
    if random.random() < 0.8:
        came, value = day(random.randrange(20, 37), "09:00"), str(random.randrange(20, 2000))
        taken = (observation.Reading(item="alt", value=value, unit="U/L"),)
        yield visit.RecordVisit(participant=code, at=came, visit="week-4")
        yield observation.RecordResults(participant=code, at=came, visit="week-4", readings=taken)


def _step_by_step(code: str, route: str, bag: str) -> Iterator[Command]:
    """An infusion as it goes: the arms differ in where the access is and how it is confirmed."""
    confirmation = "angiography of the hepatic artery" if route == "artery" else ""
    yield infusion.OrderInfusion(participant=code, weight_kg=Decimal(60))
    yield infusion.AssignLot(participant=code, lot="L1", bag=bag)
    yield infusion.ReleaseInfusion(participant=code)
    yield infusion.ReceiveProduct(participant=code, bag=bag)
    yield infusion.ThawProduct(participant=code, use_by=day(190))
    yield infusion.CheckIdentity(participant=code, bag=bag, checkers=("nurse A", "nurse B"))
    yield infusion.Premedicate(participant=code)
    yield infusion.PlaceAccess(participant=code, route=route, confirmation=confirmation)
    yield infusion.StartInfusion(participant=code)
    yield infusion.CompleteInfusion(participant=code)
    yield infusion.ObserveInfusion(participant=code)
    yield infusion.CloseInfusion(participant=code)


def entered(scenario: Scenario, commands: list[Command], random: Random) -> None:
    """Enter commands in one commit, each some time after the one before."""

    def issues() -> Iterator[Issue]:
        for command in commands:
            scenario.clock.advance(minutes=random.randrange(1, 240))
            yield Issue(command, entitled(command))

    outcomes = scenario.app.engine.execute_many(TRIAL, issues())
    refused = [each for each in outcomes if not isinstance(each, Receipt)]
    assert refused == []


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scenario, Arms]]:
    """The trial, and who was allocated to which arm."""
    random = Random(2026)
    scenario, arms = Scenario(tmp_path_factory.mktemp("trial")), allocated(random)
    scenario.given(active(TRIAL_OF_MANY)).on(60)
    for number, (code, route) in enumerate(arms.items(), start=1):
        entered(scenario, list(followed(code, route, number, random)), random)
    yield scenario, arms
    scenario.close()


# ---------------------------------------------------------------- what can be counted


def told(shown: Terminal, role: Role) -> Numbers:
    """Everything countable of each participant in what a role is told."""
    numbers: Numbers = defaultdict(dict)
    for question in LOOKED_AT:
        for place, row in enumerate(shown.data(*question.split("."), by=f"somebody:{role}")["rows"]):
            text = json.dumps(row, ensure_ascii=False)
            for code in filter(text.__contains__, CODES):
                _count(numbers[code], question, place, len(text), row)
    return numbers


def handed_out(scenario: Scenario) -> Numbers:
    """Everything countable of each participant in the bundle of a masked reader."""
    position = scenario.app.reading.head(TRIAL)[0]
    asked = Asked(TRIAL, position, person(Role.INVESTIGATOR), Role.OUTCOME_ASSESSOR, "inspection")
    files = unzipped(made(scenario.app, asked, "0.0.0")[0]).files
    numbers: Numbers = defaultdict(dict)
    rows = files["trial/ledger.txt"].decode().splitlines()
    for place, (_, entry, fact, _) in enumerate(row.split("\t") for row in rows):
        text = entry + fact
        for code in filter(text.__contains__, CODES):
            _count(numbers[code], "bundle", place, len(text), json.loads(entry))
    return numbers


def _count(of: dict[str, float], what: str, place: int, size: int, row: dict[str, object]) -> None:
    """Count one more row about a participant: how many, how long, where, when, how long since the last."""
    kind = row.get("topic") or row.get("rule") or row.get("status") or ""
    for name in (what, f"{what}: {kind}"):
        of[f"{name}, rows"] = of.get(f"{name}, rows", 0) + 1
        of[f"{name}, letters"] = of.get(f"{name}, letters", 0) + size
        of.setdefault(f"{name}, first place", place)
        of[f"{name}, last place"] = place
    for number, moment in enumerate(_times(row)):
        before = of.get(f"{what}, last time {number}", moment)
        of[f"{what}, last time {number}"] = moment
        gap = abs(moment - before)
        of[f"{what}, longest gap {number}"] = max(gap, of.get(f"{what}, longest gap {number}", 0))
        of[f"{what}, all gaps {number}"] = gap + of.get(f"{what}, all gaps {number}", 0)


def _times(row: dict[str, object]) -> Iterator[float]:
    """Every time that a row tells, in the order of its fields."""
    for value in map(str, row.values()):
        if _TIME.fullmatch(value):
            yield datetime.fromisoformat(value.partition("[")[0]).timestamp()


# ---------------------------------------------------------------- how well it tells the arm


class Tells(NamedTuple):
    """How often shuffled arms are told as well as the true ones: by the best single number, and by taking the
    arm of the participant who is most alike in all of them. `by` is that best number.
    """

    best: float
    alike: float
    by: str


def tells(numbers: Numbers, arms: Arms) -> Tells:
    """How well numbers tell the arms, against shuffles of them."""
    assert set(numbers) == set(CODES)
    names = sorted({name for each in numbers.values() for name in each})
    table = np.array([[numbers[code].get(name, -1.0) for name in names] for code in CODES])
    ranks = rankdata(table, axis=0)
    varies = ranks.std(axis=0) > 0
    names = [name for name, told in zip(names, varies, strict=True) if told]
    ranks = ranks[:, varies] - ranks[:, varies].mean(axis=0)
    ranks /= ranks.std(axis=0)
    truth = np.array([1.0 if arms[code] == "artery" else -1.0 for code in CODES])
    shuffled = np.random.default_rng(7).permuted(np.tile(truth, (SHUFFLES, 1)), axis=1)
    labels = np.vstack([truth, shuffled])
    apart = np.abs(labels @ ranks)
    distance = ((ranks[:, None, :] - ranks[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    alike = (labels == labels[:, distance.argmin(axis=1)]).mean(axis=1)
    return Tells(_reached(apart.max(axis=1)), _reached(alike), names[int(apart[0].argmax())])


def _reached(statistics: NDArray[np.float64]) -> float:
    """The part of all that reach the first."""
    return float((statistics >= statistics[0] - 1e-9).mean())


@pytest.mark.requirement("RN-04", "ID-08")
@pytest.mark.parametrize("role", MASKED)
def test_nothing_that_a_masked_role_can_count_tells_the_arm_better_than_chance(
    trial: tuple[Scenario, Arms], role: Role
) -> None:
    scenario, arms = trial
    found = tells(told(terminal(scenario), role), arms)
    assert found.best > CHANCE, found
    assert found.alike > CHANCE, found


@pytest.mark.requirement("RN-04", "EX-03")
def test_nothing_that_can_be_counted_in_a_masked_bundle_tells_the_arm_better_than_chance(
    trial: tuple[Scenario, Arms],
) -> None:
    scenario, arms = trial
    found = tells(handed_out(scenario), arms)
    assert found.best > CHANCE, found
    assert found.alike > CHANCE, found


def test_the_same_statistic_finds_a_leak_that_is_planted(trial: tuple[Scenario, Arms]) -> None:
    """Last of all, since it spoils the trial: first in the order and times of a fact that all have, then in
    how many there are.
    """
    scenario, arms = trial
    shown, random = terminal(scenario), Random(1)

    def noted(route: str) -> None:
        having = [code for code in CODES if arms[code] == route]
        entered(
            scenario,
            [outcome.NoteDeviation(participant=code, at=day(40), text="warm") for code in having],
            random,
        )

    noted("vein")
    noted("artery")
    found = tells(told(shown, Role.OUTCOME_ASSESSOR), arms)
    assert found.best < CHANCE, found
    assert found.by.startswith("audit.trail")
    noted("artery")
    assert tells(handed_out(scenario), arms).best < CHANCE


def test_what_many_numbers_tell_a_little_is_found_by_who_is_alike() -> None:
    random, arms = Random(5), allocated(Random(2026))

    def numbers(shift: float) -> Numbers:
        raised = {code: shift if route == "artery" else 0.0 for code, route in arms.items()}
        return {code: {f"{n}": random.gauss(raised[code], 1) for n in range(30)} for code in CODES}

    assert tells(numbers(0), arms).alike > CHANCE
    assert tells(numbers(0.7), arms).alike < CHANCE
