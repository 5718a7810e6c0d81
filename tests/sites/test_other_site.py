"""Whoever has a role at one site is answered the same whatever happened at another.

Every question of the policy is asked, by every role that can be held at one site; the answers are compared to
the byte, as JSON and in words. What only the whole trial can answer is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.belonging import Elsewhere
from adapters.bundle.zipped import unzipped
from domain.aggregates import AGGREGATES
from domain.errors import Denied
from domain.fact import FACTS
from domain.identifiers import SYSTEM_LOG
from domain.record import Role
from projections.as_of import Axis, View
from projections.documents import MODELS
from tests.cli.terminal import PROTOCOL
from tests.sites.otherwise import OF_THE_TRIAL, is_of
from tests.sites.played import CODE, ROLES, SPARED, THERE
from tests.sites.worlds import World, two_worlds
from tests.support.trial import TRIAL
from workflows.access import ReviewAccess
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

PERIOD = ("--from", "2026-03-02", "--to", "2026-06-02")
SPAN = ("--from", "2026-06-01T00:00:00Z", "--to", "2026-08-01T00:00:00Z")
WORDS: dict[str, tuple[str, ...]] = {
    "protocol.show": (str(PROTOCOL),),
    "protocol.diff": (str(PROTOCOL), str(PROTOCOL)),
    "participant.show": (CODE,),
    "participant.history": (CODE,),
    "lot.history": ("L1",),
    "participant.scores": (CODE,),
    "consent.show": (CODE,),
    "outage.show": ("{package}",),
    "incident.show": ("{incident}",),
    "deviation.show": ("noted-1", "--participant", CODE),
    "casebook.show": (CODE,),
    "casebook.sheet": (CODE, "week-4"),
    "query.show": ("{query}",),
    "correction.show": ("{correction}",),
    "audit.compare": ("1", "interim"),
    "audit.history": (CODE,),
    "audit.lineage": (CODE, "week-4", "albi.2015"),
    "audit.proof": ("{position}",),
    "audit.what-if": (str(PROTOCOL),),
    "audit.review": PERIOD,
    "safety.show": (CODE, "ae-1"),
    "alert.show": ("{alert}",),
    "alert.simulate": SPAN,
    "ledger.page": ("--out", "{folder}/page.html"),
    "ledger.request": ("--witness", "hospital.example/pi", "--out", "{folder}/request.txt"),
    "export.bundle": ("--out", "{folder}/bundle.zip", "--purpose", "evaluation", "--participant", CODE),
    "export.table": ("--out", "{folder}/table.zip", "--purpose", "evaluation"),
}
"""How a question is asked that takes more than its name."""

HASHES = re.compile(r"\b[0-9a-f]{32,}\b|[A-Za-z0-9+/]{43,}={0,2}")
"""Roots are made of salted hashes of every entry, and so are proofs: they tell nothing, and differ."""

OF_ROOTS = frozenset({"ledger.page", "ledger.request"})
"""What is written of them is made of roots alone, drawn as a picture too."""

ASKED = {name: tuple(role for role in ROLES if role in roles) for name, roles in QUESTIONS.items()}
_TURNS = [
    (name, roles[turn % len(roles)], roles[(turn + len(roles) // 2) % len(roles)])
    for turn, (name, roles) in enumerate(sorted(ASKED.items()))
    if roles
]
"""Each question with the role that is answered in JSON and the one that is answered in words, by turns."""


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    """The trial, and the same with another course at the other site."""
    made = two_worlds(tmp_path_factory.mktemp("worlds") / "of")
    yield made
    for world in made:
        world.close()


def words_of(name: str, world: World, folder: Path) -> tuple[str, ...]:
    words = " ".join(WORDS.get(name, ()))
    for what, question in {
        "incident": "incident list",
        "query": "query list",
        "correction": "correction list",
        "alert": "alert list",
        "package": "outage list",
        "position": "audit trail",
    }.items():
        if f"{{{what}}}" in words:
            rows = world.data(*question.split(), role=Role.INVESTIGATOR)["rows"]
            words = words.replace(f"{{{what}}}", str(rows[len(rows) // 2][what]))
    return (*name.split("."), *words.replace("{folder}", str(folder)).split())


def answered(name: str, role: Role, world: World, folder: Path, *more: str) -> tuple[Any, ...]:
    """What a role is answered, and the file that was written, if any."""
    folder.mkdir(exist_ok=True)
    result = world.run(*words_of(name, world, folder), *more, role=role)
    written = {file: file.read_bytes() for file in sorted(folder.iterdir())}
    for file in written:
        file.unlink()  # The other world writes to the same place.
    told = {} if name in OF_ROOTS else {file.name: _plain(data) for file, data in written.items()}
    return result.exit_code, HASHES.sub("#", result.stdout), HASHES.sub("#", result.stderr), told


def _plain(data: bytes) -> dict[str, str]:
    """The files of a zip, hashes left out."""
    files = unzipped(data).files.items()
    return {name: HASHES.sub("#", held.decode()) for name, held in files}


NOTHING_FOUND = {
    "alert.show": "not everybody is told of every alert",
    "audit.lineage": "the protocol of this trial names no scores",
}
"""What may be answered with exit code 5, and why."""

REFUSED = OF_THE_WHOLE - {"export.bundle"} | {"audit.verify"}
"""What only the whole trial answers. A store is verified whole."""


def test_every_question_is_asked_and_every_role_that_a_site_has_asks() -> None:
    assert {name for name, *_ in _TURNS} == {name for name in QUESTIONS if QUESTIONS[name] & {*ROLES}}
    assert {role for _, *roles in _TURNS for role in roles} == set(ROLES)
    assert set(WORDS) <= set(QUESTIONS)


@pytest.mark.requirement("DR-06", "ID-02")
@pytest.mark.parametrize(("name", "one_role", "other_role"), _TURNS, ids=[name for name, *_ in _TURNS])
def test_what_is_answered_at_a_site_does_not_depend_on_another(
    worlds: tuple[World, World], name: str, one_role: Role, other_role: Role, tmp_path: Path
) -> None:
    for role, form in ((one_role, ("--json",)), (other_role, ())):
        one, other = (answered(name, role, world, tmp_path / "out", *form) for world in worlds)
        assert one == other
        assert one[0] == (7 if name in REFUSED else 5 if name in NOTHING_FOUND and one[0] else 0), one


def test_the_worlds_differ_in_every_kind_of_fact_that_is_of_a_site(worlds: tuple[World, World]) -> None:
    """A new fact is said at the other site too, or stands in `OF_THE_TRIAL` with the reason."""
    histories = [list(world.scenario.app.reading.entries(TRIAL, upto=world.begins)) for world in worlds]
    pairs = [pair for pair in zip(*histories, strict=True) if pair[0].record.stream != SPARED]
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
    return repr([*told, *more, *(view.singles(each.model) for each in AGGREGATES)])


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
    named = {name: next(iter(view.singles(name))) for name in ("query", "correction", "incident", "alert")}
    return named | {"code": "S1-001", "outage": next(iter(view.single("outage", "packages").packages))}


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
    "audit compare {position} interim",
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
    Role.PRINCIPAL_INVESTIGATOR: ("trial activate-site S1", "trial correct-activation --at 2026-02-01"),
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
    for command in (OpenEnrolment(), CloseEnrolment(), FreezeTrial(), LockTrial(), UnlockTrial()):
        with pytest.raises(Denied) as error:
            worlds[0].do(Role.DATA_MANAGER, command)
        assert error.value.code == "access.other_site"


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
