"""When the system cannot be used: one envelope opens one allocation, and no place is given twice after it."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from adapters.outage import Made, make, opened, sheet
from domain.errors import Denied, Invalid, NotFound
from domain.outage import Outages
from domain.record import Role
from projections.deviations import deviations
from projections.randomization import proof
from tests.cli.terminal import COORDINATOR, INVESTIGATOR, PI, STATISTICIAN, Terminal
from tests.support.scenario import Scenario
from tests.support.trial import SECRET, TRIAL, active, arm_routes, course, day, small
from workflows import outage, participant, trial
from workflows.conformance import replay

CODE, OTHER, NEW = "S1-001", "S1-002", "S1-003"
PASSPHRASE = "correct horse battery"  # noqa: S105 - of the tests alone
GIVEN = [*active(), *course("randomized"), *course("randomized", OTHER, place=2), *course("eligible", NEW)]


def made(scenario: Scenario, places: int = 2, seed: int = 7, site: str = "S1") -> Made:
    """A package of a site as the trial stands, issued."""
    package = make(scenario.view(), site, places, PASSPHRASE, scenario.app.vault.open, Random(seed).randbytes)
    scenario.given(
        outage.IssuePackage(
            site=site,
            participants=package.participants,
            places=places,
            taken=package.taken,
            sha256=package.sha256,
        )
    )
    return package


def name_of(package: Made) -> str:
    return f"P-{package.sha256[:12]}"


@pytest.mark.requirement("RN-10")
def test_each_envelope_opens_with_its_own_code_and_tells_the_arm_of_the_list(scenario: Scenario) -> None:
    scenario.given(GIVEN)
    package = made(scenario)
    assert list(package.codes) == [f"U-{CODE}", f"U-{OTHER}", "A-3", "A-4"]
    told = [opened(package.file, each, PASSPHRASE, code) for each, code in package.codes.items()]
    assert told == [f"by-{route}" for route in arm_routes(small())[:4]]


@pytest.mark.requirement("RN-10")
def test_a_code_opens_no_other_envelope_and_nothing_without_the_passphrase(scenario: Scenario) -> None:
    scenario.given(GIVEN)
    package = made(scenario)
    for label in (f"U-{CODE}", "A-3"):
        code = package.codes[label]
        for other in package.codes.keys() - {label}:
            with pytest.raises(Denied):
                opened(package.file, other, PASSPHRASE, code)
        with pytest.raises(Denied):
            opened(package.file, label, "another passphrase", code)
    with pytest.raises(NotFound):
        opened(package.file, "A-9", PASSPHRASE, "AAAA")
    with pytest.raises(Invalid):
        opened(b"{}", "A-3", PASSPHRASE, "AAAA")


@pytest.mark.requirement("RN-10", "RN-04")
def test_neither_size_nor_anything_else_of_file_and_sheet_tells_an_arm(tmp_path: Path) -> None:
    def shape(secret: str, folder: str) -> tuple[object, str]:
        (tmp_path / folder).mkdir()
        scenario = Scenario(tmp_path / folder)
        scenario.given(
            trial.SealList(secret=secret) if isinstance(each, trial.SealList) else each for each in GIVEN
        )
        package = made(scenario)
        data = json.loads(package.file)
        sizes = [(each["envelope"], len(each["text"])) for each in data["envelopes"]]
        page = sheet(package, "P", TRIAL)
        scenario.close()
        assert b"vein" not in package.file
        assert "vein" not in page
        return (sizes, len(package.file), data["scrypt"]["salt"]), page

    # Under the second secret the four arms are others; with the same randomness all else is the same.
    other = next(f"{n:02x}" * 32 for n in range(256) if _arms(f"{n:02x}" * 32) == _swapped(_arms(SECRET)))
    assert shape(SECRET, "one") == shape(other, "two")


def _arms(secret: str) -> list[str]:
    from domain.allocation import allocation_list, parameters_of

    return list(allocation_list(bytes.fromhex(secret), parameters_of(small().protocol))[:4])


def _swapped(arms: list[str]) -> list[str]:
    return [{"by-vein": "by-artery", "by-artery": "by-vein"}[arm] for arm in arms]


def test_a_short_passphrase_makes_no_package(scenario: Scenario) -> None:
    scenario.given(GIVEN)
    with pytest.raises(Invalid):
        make(scenario.view(), "S1", 1, "short", scenario.app.vault.open)


@pytest.mark.requirement("RN-10")
def test_an_outage_drill_ends_with_every_place_given_once_and_everything_accounted_for(
    scenario: Scenario,
) -> None:
    scenario.given(GIVEN)
    package = made(scenario)
    name = name_of(package)
    # The system is down; at the site the next envelope is opened, and one participant is unmasked.
    arm = opened(package.file, "A-3", PASSPHRASE, package.codes["A-3"])
    scenario.on(1).given(
        outage.DeclareOutage(package=name, at=day(1, "08:00"), ended=day(1, "11:00")),
    )
    scenario.when(participant.Randomize(participant=NEW)).refused("randomize.outage_open")
    allocated = outage.RecordOfflineAllocation(
        participant=NEW, at=day(1, "09:00"), package=name, envelope="A-3"
    )
    told = outage.RecordOfflineUnblinding(
        participant=CODE,
        at=day(1, "10:00"),
        package=name,
        envelope=f"U-{CODE}",
        informed=("Dr Wang",),
        reason="surgery",
    )
    reconciled = outage.ReconcileOutage(package=name, opened=("A-3", f"U-{CODE}"))
    scenario.when(reconciled).refused("outage.unreconciled")
    scenario.given(allocated, told)
    scenario.when(allocated.model_copy(update={"participant": OTHER})).refused("outage.opened_already")
    scenario.given(reconciled)
    scenario.given(course("eligible", "S1-004"), participant.Randomize(participant="S1-004"))

    view = scenario.view()
    held = {code: known.randomized for code, known in view.participants().items() if known.randomized}
    assert sorted(each.place for each in held.values()) == [1, 2, 3, 4]
    assert scenario.app.vault.open(held[NEW].allocation).strip() == arm
    found = proof(scenario.app.reading.replay(TRIAL), scenario.app.unseal(view.trial, Role.SYSTEM))
    assert found.findings == ()
    assert len(view.participants()[CODE].unblinded) == 1
    entries = scenario.app.reading.entries(TRIAL)
    assert list(replay(TRIAL, entries, scenario.app.unseal(view.trial, Role.SYSTEM))) == []
    assert list(deviations(view, scenario.app.unseal(view.trial, Role.MONITOR))) == []


@pytest.mark.requirement("RN-10")
def test_one_site_at_a_time_holds_places_so_that_no_two_envelopes_give_the_same_one(
    scenario: Scenario,
) -> None:
    scenario.given(GIVEN, trial.ActivateSite(site="S2"))
    made(scenario)
    wanted = outage.IssuePackage(site="S2", participants=(), places=1, taken=2, sha256="1f" * 32)
    refused = scenario.when(wanted).refused("outage.places_elsewhere")
    assert refused.message == "a package of another site can still give place 3"
    assert made(scenario, places=0, seed=8, site="S2").codes == {}
    made(scenario, seed=9)  # The same site may have its own made anew.
    scenario.given(
        outage.WithdrawPackage(package=package, ground="shredded, all pages sealed")
        for package, known in scenario.view().singles(Outages)["packages"].packages.items()
        if known.site == "S1"
    )
    assert list(made(scenario, places=1, seed=10, site="S2").codes) == ["A-3"]
    entries, view = scenario.app.reading.entries(TRIAL), scenario.view()
    assert list(replay(TRIAL, entries, scenario.app.unseal(view.trial, Role.SYSTEM))) == []


@pytest.mark.requirement("RN-10")
def test_an_allocation_in_an_outage_is_recorded_even_against_the_rules_and_shows(scenario: Scenario) -> None:
    scenario.given(active(), course("answered"))
    package = made(scenario)
    scenario.on(1).given(
        outage.RecordOfflineAllocation(
            participant=CODE, at=day(1, "09:00"), package=name_of(package), envelope="A-1"
        )
    )
    view = scenario.view()
    unseal = scenario.app.unseal(view.trial, Role.MONITOR)
    assert [each.rule for each in deviations(view, unseal)] == ["randomization.before_eligibility"]


@pytest.mark.requirement("RN-10")
def test_a_package_is_made_opened_and_accounted_for_on_the_command_line(
    enrolled: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = enrolled.route(CODE)
    monkeypatch.setenv("TRIALOG_PASSPHRASE", PASSPHRASE)
    words = ("outage", "package", "S1", "--places", "1", "--out", str(tmp_path))
    assert enrolled.fault(*words, by=INVESTIGATOR)["exit"] == 7
    assert not list(tmp_path.glob("P-*"))
    issued = enrolled.data(*words, by=STATISTICIAN)
    assert issued["envelopes"] == [f"U-{CODE}", "A-2"]
    page = Path(issued["codes"]).read_text("utf-8")
    code = page.split(f"<h1>U-{CODE}")[1].split("<code>")[1].split("</code>")[0]
    monkeypatch.setenv("TRIALOG_ENVELOPE_CODE", code)
    offline = enrolled.data("outage", "open", issued["file"], f"U-{CODE}")
    assert offline["arm"] == f"by-{route}"
    assert enrolled.fault("outage", "open", issued["file"], "A-2")["exit"] == 7

    name = issued["package"]
    enrolled.do("outage", "declare", name, "--at", "2026-03-02T12:00", by=COORDINATOR)
    assert enrolled.data("outage", "list")["rows"][0]["unreconciled"] is True
    because = ("--informed", "Dr Wang", "--because", "surgery", "--at", "2026-03-02T12:13")
    enrolled.do("outage", "unblinded", name, f"U-{CODE}", CODE, *because, by=INVESTIGATOR)
    assert enrolled.fault("outage", "reconcile", name, by=PI)["code"] == "outage.unreconciled"
    enrolled.do("outage", "reconcile", name, "--opened", f"U-{CODE}", by=PI)
    shown = enrolled.data("outage", "show", name, "--role", "outcome_assessor")
    assert [(each["envelope"], each["state"]) for each in shown["envelopes"]] == [
        (f"U-{CODE}", "opened"),
        ("A-2", "sealed"),
    ]
    assert "vein" not in str(shown)
    assert "artery" not in str(shown)
