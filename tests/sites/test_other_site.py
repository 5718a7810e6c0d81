"""Whoever has a role at one site is answered the same whatever happened at another.

Every question of the policy is asked, and every role that can be held at one site asks; the answers are
compared to the byte. What only the whole trial can answer is refused. Beside the answers, all that they are
made from is compared: histories and states do not depend on who asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.belonging import Elsewhere
from domain.aggregates import AGGREGATES, BY_MODEL
from domain.casebook_record import RecordFrozen
from domain.enrolment import AllocationUsed
from domain.errors import Denied, NotFound
from domain.fact import FACTS, Fact
from domain.identifiers import SYSTEM_LOG
from domain.incident import IncidentReported
from domain.outage import Outages
from domain.product_lot import BagAssigned
from domain.query import QueryOpened
from domain.record import NewFact, Role
from domain.screening import PreScreened
from projections.as_of import Axis, View
from projections.documents import MODELS
from tests.sites.asking import ASKED, HASHES, TURNS, WORDS, answered
from tests.sites.messages import sent
from tests.sites.otherwise import OF_THE_TRIAL, is_of, said_again
from tests.sites.played import HERE, ROLES, THERE
from tests.sites.worlds import World, two_worlds
from tests.support.trial import TRIAL, day
from workflows.access import RequestRole, ReviewAccess, RevokeRole
from workflows.activation import CorrectActivation
from workflows.command import COMMANDS, Command
from workflows.policy import FOR_THE_WHOLE, OF_THE_WHOLE, QUESTIONS
from workflows.trail_review import ReviewAuditTrail
from workflows.trial import (
    AdoptProtocol,
    CloseEnrolment,
    FreezeTrial,
    LockTrial,
    OpenEnrolment,
    RequestTrialUnlock,
    UnlockTrial,
)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    """The trial, and the same with another course at the other site."""
    made = two_worlds(tmp_path_factory.mktemp("worlds") / "of")
    yield made
    for world in made:
        world.close()


NOTHING_FOUND = {
    "alert.show": "not everybody is told of every alert",
    "audit.lineage": "the protocol of this trial names no scores",
}
"""What may be answered with exit code 5, and why."""

REFUSED = OF_THE_WHOLE - {"export.bundle"} | {"audit.verify"}
"""What only the whole trial answers. A store is verified whole."""


def test_every_question_is_asked_and_every_role_that_a_site_has_asks() -> None:
    assert {name for name, *_ in TURNS} == {name for name in QUESTIONS if QUESTIONS[name] & {*ROLES}}
    assert {role for _, role, _ in TURNS} == set(ROLES)
    assert set(WORDS) <= set(QUESTIONS)


@pytest.mark.requirement("DR-06", "ID-02")
@pytest.mark.parametrize(
    ("name", "role", "form"), TURNS, ids=[f"{name} by {role}" for name, role, _ in TURNS]
)
def test_what_is_answered_at_a_site_does_not_depend_on_another(
    worlds: tuple[World, World], name: str, role: Role, form: tuple[str, ...], tmp_path: Path
) -> None:
    one, other = (answered(name, role, world, tmp_path / "out", *form) for world in worlds)
    assert one == other
    assert one[0] == (7 if name in REFUSED else 5 if name in NOTHING_FOUND and one[0] else 0), one


def test_the_worlds_differ_in_every_kind_of_fact_that_is_of_a_site(worlds: tuple[World, World]) -> None:
    """A new fact is said at the other site too, or stands in `OF_THE_TRIAL` with the reason."""
    histories = [list(world.scenario.app.reading.entries(TRIAL, upto=world.begins)) for world in worlds]
    pairs = list(zip(*histories, strict=True))
    theirs = [pair for pair in pairs if is_of(THERE, pair[0])]
    assert all(one.record != other.record for one, other in theirs)
    assert all(one == other or is_of(THERE, one) or "theirs." in repr(one) for one, other in pairs)
    of_trial = {topic for topic, fact in FACTS.topics().items() if fact.__module__ in OF_THE_TRIALS_LOG}
    assert {one.record.fact.TOPIC for one, _ in theirs} == of_trial - OF_THE_TRIAL.keys()


OF_SYSTEM = ("access", "account", "backup", "server_clock", "signed_log", "upkeep")
OF_THE_TRIALS_LOG = {
    fact.__module__ for topic, fact in FACTS.topics().items() if not topic.startswith("test.")
} - {f"domain.{name}" for name in OF_SYSTEM}
"""The modules that declare facts of a trial's log, not of the system's."""


@pytest.mark.requirement("DR-06", "ID-02")
def test_the_histories_and_every_state_are_the_same_at_a_site(worlds: tuple[World, World]) -> None:
    one, other = (world.part.reading for world in worlds)
    for log in (TRIAL, SYSTEM_LOG):
        assert plain(one.entries(log)) == plain(other.entries(log))
        assert plain(one.replay(log)) == plain(other.replay(log))
    head, _ = one.head(TRIAL)
    assert list(one.versions(TRIAL, upto=head)) == list(other.versions(TRIAL, upto=head))
    assert list(one.keys(TRIAL, upto=head)) == list(other.keys(TRIAL, upto=head))
    for axis, as_of in ((Axis.RECORDED, 200), (Axis.RECORDED, None), (Axis.EFFECTIVE, None)):
        views = [world.part.view(TRIAL, as_of, axis) for world in worlds]
        assert everything(views[0]) == everything(views[1])


def plain(told: Iterable[object]) -> str:
    """What is told, hashes left out."""
    return HASHES.sub("#", repr(list(told)))


def everything(view: View) -> str:
    """Every state of a view, as one text."""
    told = [view.trial, view.participants(), view.visits(), view.results(), view.result_values()]
    more = [view.infusions(), view.outcomes(), view.records()]
    return repr([*told, *more, *(view.singles(each.state) for each in AGGREGATES)])


def test_there_is_something_of_every_state_at_the_site_that_is_asked_about(
    worlds: tuple[World, World],
) -> None:
    """Else that it is the same would show nothing."""
    reading = worlds[0].part.reading
    seen = {model for model, _, _ in reading.keys(TRIAL, upto=reading.head(TRIAL)[0])}
    assert {name for name, model in MODELS.items() if model not in seen} == NOT_HERE


NOT_HERE = frozenset(
    {
        *("access_review", "trail_review"),  # of all sites at once
        *("account", "accounts", "backup", "clock", "signed_log", "upkeep"),  # of the system log
        "site_records",  # a site's own, by its key
    }
)


def _names_of_theirs(world: World) -> dict[str, str]:
    """The first of each kind: it is the other site's."""
    view = world.scenario.view()
    named = {
        name: next(iter(view.singles(BY_MODEL[name].state)))
        for name in ("query", "correction", "incident", "alert")
    }
    return named | {"code": "S1-001", "outage": next(iter(view.singles(Outages)["packages"].packages))}


ELSEWHERE = (
    "participant show {code}",
    "participant history {code}",
    "audit history {code}",
    "audit trail --participant {code}",
    "audit trail --at-site S1",
    "visit list --participant {code}",
    "consent show {code}",
    "casebook show {code}",
    "casebook sheet {code} week-4",
    "safety show {code} ae-1",
    "deviation show noted-1 --participant {code}",
    "audit proof {position} --json",
    "audit compare {position} 40",
    "trial status --as-of {position}",
    "participant list --axis effective",
    "lot list --axis effective",
    "consent list --axis effective",
    "export bundle --participant {code} --out /nowhere/b.zip --purpose evaluation",
    "query show {query}",
    "correction show {correction}",
    "incident show {incident}",
    "alert show {alert}",
    "outage show {outage}",
)
"""What names something of the other site, by a code, an id or a position."""


@pytest.mark.requirement("DR-06", "ID-02")
@pytest.mark.parametrize("words", ELSEWHERE)
def test_what_is_of_another_site_is_not_there_whoever_names_it(
    worlds: tuple[World, World], words: str
) -> None:
    asked = words.format(**_names_of_theirs(worlds[0]), position=30).split()
    one, other = (world.run(*asked, role=Role.MONITOR) for world in worlds)
    assert one == other
    assert "S1-" not in one.stdout


REFUSED_STEPS = {
    Role.COORDINATOR: (
        "record visit S1-001 baseline",
        "record death S1-001",
        "query answer {query} yes",
        "privacy redact {position} text --ground name",
        "privacy show-identity S1-001 --purpose call",
        "alert ack {alert} --reason seen",
        "capture upload /nowhere.jsonl",
        "participant randomize S1-001",
    ),
    Role.INVESTIGATOR: (
        "deviation classify noted-1 --participant S1-001 --class minor",
        "correction reject {correction} unfounded",
        "infusion assign S2-002 L1 B1",
    ),
    Role.MONITOR: (
        "sdv verify S1-001 week-4",
        "query close {query} --resolution seen",
        "casebook freeze S1-001 week-4",
    ),
    Role.DATA_MANAGER: (
        "trial freeze --reason interim",
        "trial lock --reason clean",
        "trial cut more",
        "correction apply {correction} --reason-code transcription --reason misread",
    ),
    Role.RANDOMIZATION_MANAGER: ("outage declare {outage} --ended 2026-06-01T04:00",),
    Role.PRINCIPAL_INVESTIGATOR: (
        "privacy approve-redaction 80-reason_text",
        "trial activate-site S1",
        "trial correct-activation --at 2026-02-01",
    ),
}
"""What is of the other site or of the whole trial, and is refused to who has a role at one."""


@pytest.mark.requirement("ID-02")
@pytest.mark.parametrize("role", REFUSED_STEPS)
def test_a_refusal_tells_nothing_of_another_site(worlds: tuple[World, World], role: Role) -> None:
    for words in REFUSED_STEPS[role]:
        asked = words.format(**_names_of_theirs(worlds[0]), position=30).split()
        one, other = (world.run(*asked, role=role) for world in worlds)
        assert one.exit_code in (4, 5, 7), one
        assert one == other


REVIEWS: tuple[tuple[str, Command], ...] = (
    (
        "audit reviewed --findings none",
        ReviewAuditTrail(first=1, last=2, signals=(), material="0" * 64, findings="none"),
    ),
    (
        "access review --findings none",
        ReviewAccess(position=1, accounts=1, roster="0" * 64, findings="none"),
    ),
)


@pytest.mark.requirement("ID-02")
@pytest.mark.parametrize(("words", "command"), REVIEWS, ids=["audit trail", "access"])
def test_nobody_attests_for_all_sites_who_has_a_role_at_one(
    worlds: tuple[World, World], words: str, command: Command
) -> None:
    for world in worlds:
        told = world.run(*words.split(), role=Role.DATA_MANAGER)
        assert (told.exit_code, told.stdout) == (7, "")
        assert "the role is held at S2" in told.stderr
        with pytest.raises(Denied) as error:
            world.do(Role.DATA_MANAGER, command)
        assert error.value.code == "access.other_site"
    assert {type(each) for _, each in REVIEWS} <= FOR_THE_WHOLE


@pytest.mark.requirement("ID-02")
def test_what_decides_for_all_sites_takes_a_role_for_all(worlds: tuple[World, World]) -> None:
    of_no_site = {
        each
        for kind, each in COMMANDS.items()
        if kind.startswith("trial.") and "site" not in each.model_fields
    }
    assert of_no_site - FOR_THE_WHOLE == {AdoptProtocol, RequestTrialUnlock}
    steps = (OpenEnrolment(), CloseEnrolment(), FreezeTrial(), LockTrial(), UnlockTrial())
    for command in (*steps, CorrectActivation(at=day(-19))):
        with pytest.raises(Denied) as error:
            worlds[0].do(Role.PRINCIPAL_INVESTIGATOR, command)
        assert error.value.code == "access.other_site"


@pytest.mark.requirement("ID-02")
def test_roles_at_another_site_are_neither_asked_for_nor_taken_away(worlds: tuple[World, World]) -> None:
    sites: dict[tuple[str, ...], str] = {
        (THERE,): f"at {THERE}",
        (HERE, THERE): f"at {THERE}",
        (): "for the whole trial",
    }
    steps: dict[Command, str] = {
        RequestRole(account="sun.dm", trial=TRIAL, role=Role.MONITOR, sites=each): where
        for each, where in sites.items()
    }
    steps[RevokeRole(account="sun.dm", trial=TRIAL, grant="r-1")] = "for the whole trial"
    for step, where in steps.items():
        with pytest.raises(Denied) as denied:
            worlds[0].do(Role.PRINCIPAL_INVESTIGATOR, step)
        assert denied.value.code == "access.other_site"
        assert denied.value.message.endswith(f"is not a principal investigator {where}")
    for grant in ("r-1", "r-7"):  # one that is held at the other site, and one there is not
        taken = RevokeRole(account="theirs.cra", trial=TRIAL, grant=grant)
        with pytest.raises(NotFound) as unknown:
            worlds[0].do(Role.PRINCIPAL_INVESTIGATOR, taken)
        assert str(unknown.value).startswith(f"there is no {grant} of theirs.cra")


@pytest.mark.parametrize(
    ("broken", "stands_for", "question"),
    [
        ("has", lambda *_: False, "audit.trail"),
        ("state", lambda _self, _model, _key, body: body, "delegation.list"),
        ("in_system", lambda *_: False, "access.roster"),
        ("at", lambda *_: False, "capture.list"),
        ("_said_at", lambda *_: False, "audit.trail"),
    ],
)
def test_a_narrowing_that_is_broken_is_found(
    worlds: tuple[World, World],
    broken: str,
    stands_for: Callable[..., object],
    question: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Elsewhere, broken, stands_for)
    one, other = (answered(question, ASKED[question][0], world, tmp_path, "--json") for world in worlds)
    assert one[0] == 0
    assert one != other


@pytest.mark.requirement("DR-06")
def test_what_is_sent_to_people_of_a_site_does_not_depend_on_another(worlds: tuple[World, World]) -> None:
    one, other = map(sent, worlds)
    assert one == other
    assert len(one) > 2
    assert not any("S1" in each for each in one)


STATED = {
    ".position": "positions are those of the trial's log, which every proof names",
    ".head.position": "the same",
    ".head.recorded_at": "when the last of them was recorded",
    ".logs[].head": "the size of the log, which its witnesses sign",
    ".logs[].unsigned": "the same",
    ".places_taken": "without it nobody knows whether enrolment goes on",
    ".enrolment.places_taken": "the same",
    ".rows[].assigned": "a bag that is taken elsewhere can be given to nobody here",
    ".rows[].free": "the same",
}
"""What a site is told of how much happens at another, and why."""


def test_of_how_much_happens_at_another_site_no_more_is_told_than_is_stated(tmp_path: Path) -> None:
    """All that was said there is said again, and of one more: in a world of its own, since it spoils it."""
    (spare, world), role = two_worlds(tmp_path / "of"), Role.OUTCOME_ASSESSOR
    asked = [name for name, roles in ASKED.items() if role in roles and name not in REFUSED | set(WORDS)]
    before = [json.loads(answered(name, role, world, tmp_path / "out", "--json")[1]) for name in asked]
    said_again(world.scenario, THERE, _one_more())
    after = [json.loads(answered(name, role, world, tmp_path / "out", "--json")[1]) for name in asked]
    found = {path for pair in zip(before, after, strict=True) for path in differing(*pair)}
    assert found == STATED.keys()
    for each in (spare, world):
        each.close()


def _one_more() -> list[NewFact]:
    """A participant of the other site who was enrolled, was given a bag, and died."""
    told = {"incident": "I-998", "kind": "breach", "what": "a leak", "aware": str(day(90)), "site": THERE}
    facts: dict[str, Fact] = {
        "participant/S1-777": PreScreened(code="S1-777", site=THERE, sex="male", age=Decimal(50)),
        "trial": AllocationUsed(place=7, participant="S1-777"),
        "lot/L1": BagAssigned(lot="L1", bag="B30", participant="S1-777"),
        "query/Q-999": QueryOpened(query="Q-999", participant="S1-777", text="why?"),
        "incident/I-998": IncidentReported.model_validate(told),
        f"site/{THERE}": RecordFrozen(record="casebook", site=THERE),
    }
    return [NewFact(stream, day(90), "2.0", fact) for stream, fact in facts.items()]


def differing(one: object, other: object, path: str = "") -> Iterator[str]:
    """The fields in which two answers differ, by their paths."""
    match one, other:
        case dict(), dict() if one.keys() == other.keys():
            for name in one:
                yield from differing(one[name], other[name], f"{path}.{name}")
        case list(), list() if len(one) == len(other):
            for pair in zip(one, other, strict=True):
                yield from differing(*pair, f"{path}[]")
        case _:
            yield from (path,) if one != other else ()
