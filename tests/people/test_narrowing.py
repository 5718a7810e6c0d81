"""Who holds a role at some of the sites sees the participants of those, in every question and the trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.app import App
from adapters.belonging import ELSEWHERE
from adapters.bundle.proof import proof_of
from adapters.bundle.service import Asked, made
from adapters.exports.table import TableAsked, export_table
from adapters.narrowing import narrowed
from adapters.zipped import unzipped
from domain.aggregates import BY_MODEL
from domain.entry import Transcription
from domain.errors import NotFound
from domain.privacy import Part
from domain.product_lot import ProductLot
from domain.record import Origin, Role
from domain.safety import SafetyReport
from projections.as_of import Axis, View
from projections.data_cuts import data_cuts
from projections.deviations import deviations
from projections.safety import safety_rows
from projections.visit_status import visit_rows
from tests.people.test_command_line import Desk
from tests.people.test_command_line import begun as begun
from tests.people.test_command_line import desk as desk
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import TRIAL, active, course, day, person
from workflows import adverse_event, correction, entry, outage, outcome, participant, privacy, query, trial
from workflows.command import Command

OWN, OTHER = "S1-001", "S2-001"


def of_other(upto: str) -> list[Command]:
    screened = participant.PreScreen(participant=OTHER, site="S2", sex="female", age=Decimal(40))
    return [screened, *course(upto, OTHER, place=2)[1:]]


@pytest.fixture
def two_sites(scenario: Scenario) -> Scenario:
    """A trial with a participant at each of two sites, each with something of every kind."""
    scenario.given(active(), trial.ActivateSite(site="S2", at=day(-20)))
    scenario.given(course("infused"), of_other("infused"))
    for code in (OWN, OTHER):
        scenario.given(
            adverse_event.RecordAdverseEvent(
                participant=code, at=day(0, "13:00"), term="Fever", severity="severe", serious=True
            ),
            outcome.NoteDeviation(participant=code, at=day(0, "13:00"), text="sample stored warm"),
            query.OpenQuery(participant=code, text="which laboratory?"),
            correction.ProposeCorrection(participant=code, visit="baseline", result="alt", value="41"),
        )
        site = code.partition("-")[0]
        digest = site[1] * 64
        issued = outage.IssuePackage(site=site, participants=(code,), places=0, taken=2, sha256=digest)
        scenario.given(issued)
    return scenario.on(60)


FOLLOWING = tuple(BY_MODEL[model].state for model in ("safety", "query", "alert", "outage", "correction"))
"""Classes of states that follow on something of a participant."""


def everything(view: View) -> str:
    """All that a view tells of participants, as one text."""
    told: list[object] = [
        *view.participants().items(),
        *view.visits().items(),
        *view.results().items(),
        *view.infusions().items(),
        *view.outcomes().items(),
        *view.result_values(),
        *view.singles(ProductLot).items(),
        *(view.singles(each) for each in FOLLOWING),
        *visit_rows(view),
        *safety_rows(view),
        *deviations(view, lambda _sealed: None),
        view.participant(OTHER),
        view.single(SafetyReport, f"{OTHER}/ae-1"),
    ]
    return repr(told)


@pytest.mark.requirement("DR-06", "ID-02")
@pytest.mark.parametrize("axis", list(Axis))
def test_no_state_tells_of_a_participant_of_another_site(two_sites: Scenario, axis: Axis) -> None:
    whole = two_sites.app.view(TRIAL, None, axis)
    part = narrowed(two_sites.app, TRIAL, ["S1"]).view(TRIAL, None, axis)
    assert OTHER in everything(whole)
    assert OTHER not in everything(part)
    assert list(part.participants()) == [OWN]
    assert [each.rule for each in deviations(part, lambda _: None)] == [
        each.rule for each in deviations(whole, lambda _: None, OWN)
    ]


def test_a_bag_of_another_site_is_taken_and_says_no_more(two_sites: Scenario) -> None:
    bags = narrowed(two_sites.app, TRIAL, ["S1"]).view(TRIAL).singles(ProductLot)["L1"].bags
    assert (bags["B1"], bags["B2"], bags["B3"]) == (OWN, ELSEWHERE, "")


@pytest.mark.requirement("DR-06")
def test_the_trail_of_a_site_holds_its_own_participants_and_the_trial_itself(two_sites: Scenario) -> None:
    def trail(app: App) -> list[str]:
        return [repr(entry.record) for entry in app.reading.entries(TRIAL)]

    whole, part = trail(two_sites.app), trail(narrowed(two_sites.app, TRIAL, ["S1"]))
    assert part == [each for each in whole if OTHER not in each and "site='S2'" not in each]
    assert any(OWN in each for each in part)
    assert len(part) < len(whole)
    reading = narrowed(two_sites.app, TRIAL, ["S1"]).reading
    assert reading.stream(TRIAL, f"participant/{OTHER}") == []


@pytest.mark.requirement("DR-06")
def test_a_cut_at_a_fact_of_another_site_is_as_old_as_what_may_be_seen_of_it(two_sites: Scenario) -> None:
    theirs = two_sites.app.reading.stream(TRIAL, f"participant/{OTHER}")[-1].position
    two_sites.given(trial.NameDataCut(name="interim", position=theirs))
    [whole] = data_cuts(two_sites.app.reading, two_sites.view())
    part = narrowed(two_sites.app, TRIAL, ["S1"])
    [seen] = data_cuts(part.reading, part.view(TRIAL))
    assert (seen.name, seen.position) == (whole.name, whole.position) == ("interim", theirs)
    assert seen.instant == max(each.command.recorded_at for each in part.reading.entries(TRIAL, upto=theirs))
    assert part.view(TRIAL, theirs).moment == seen.instant.moment


@pytest.mark.requirement("DR-06", "ID-02")
@pytest.mark.parametrize("kind", ["query", "correction", "redaction", "transcription"])
def test_what_follows_on_something_of_another_site_is_not_in_the_trail_though_it_names_nobody(
    two_sites: Scenario, kind: str
) -> None:
    seen = {}
    for code in (OWN, OTHER):
        engine = two_sites.app.engine
        for each in _followed(two_sites, kind, code):
            by = person(each[1])
            if kind == "transcription" and not isinstance(each[0], entry.CheckTranscription):
                by = replace(by, origin=Origin.PAPER, origin_id="worksheet 3")
            position = engine.execute(TRIAL, each[0], by).last
        seen[code] = position
    part = narrowed(two_sites.app, TRIAL, ["S1"])
    shown = {each.record.position for each in part.reading.entries(TRIAL)}
    assert (seen[OWN] in shown, seen[OTHER] in shown) == (True, False)
    state = BY_MODEL[kind].state
    assert len(part.view(TRIAL).singles(state)) == 1
    assert len(two_sites.app.view(TRIAL).singles(state)) == 2


def _followed(scenario: Scenario, kind: str, code: str) -> Iterator[tuple[Command, Role]]:
    """What is said of a participant by an id or a position alone, and what it takes."""
    view = scenario.app.view(TRIAL)
    if kind in ("query", "correction"):
        states: dict[str, Any] = view.singles(BY_MODEL[kind].state)
        key = next(key for key, each in states.items() if each.participant == code)
        if kind == "query":
            yield query.AnswerQuery(query=key, answer="ours"), Role.COORDINATOR
        else:
            yield (
                correction.RejectCorrection(participant=code, correction=key, ground="no"),
                Role.INVESTIGATOR,
            )
    elif kind == "redaction":
        told = scenario.app.reading.stream(TRIAL, f"participant/{code}")[0].position
        asked = {"position": told, "part": Part.ENVELOPE, "field": "reason_text", "ground": "a name"}
        yield privacy.RequestRedaction.model_validate(asked), Role.COORDINATOR
    else:
        yield outcome.NoteDeviation(participant=code, at=day(1, "13:00"), text="kept warm"), Role.COORDINATOR
        last = list(scenario.app.view(TRIAL).singles(Transcription).values())[-1]
        yield entry.CheckTranscription(transcription=last.transcription, agrees=True), Role.INVESTIGATOR


@pytest.mark.requirement("DR-06")
def test_at_a_site_only_what_is_seen_there_can_be_proved(two_sites: Scenario) -> None:
    size = Signing(two_sites.app).sign(TRIAL)
    part = narrowed(two_sites.app, TRIAL, ["S1"])
    view, shown = part.view(TRIAL), {each.record.position for each in part.reading.entries(TRIAL)}
    assert 0 < len(shown) < size
    for position in range(1, size + 1):
        if position in shown:
            assert OTHER not in str(proof_of(part, view, Role.MONITOR, position))
        else:
            with pytest.raises(NotFound) as refused:
                proof_of(part, view, Role.MONITOR, position)
            assert refused.value.code == "proof.no_position"


@pytest.mark.requirement("DR-06")
def test_a_table_of_a_site_holds_its_own_participants(two_sites: Scenario, tmp_path: Path) -> None:
    by = person(Role.MONITOR)
    asked = TableAsked(TRIAL, two_sites.app.reading.head(TRIAL)[0], by, by.role, "monitoring")
    part = narrowed(two_sites.app, TRIAL, ["S1"])
    exported = export_table(part, asked, tmp_path / "table.zip", "0.0.0")
    assert exported.leaving.participants == (OWN,)
    assert OTHER.encode() not in exported.file.read_bytes()


@pytest.mark.requirement("DR-06")
def test_a_bundle_of_an_own_participant_is_the_same_at_the_site_and_one_of_another_is_not_there(
    two_sites: Scenario,
) -> None:
    app, by = two_sites.app, person(Role.MONITOR)
    asked = Asked(TRIAL, app.reading.head(TRIAL)[0], by, by.role, "monitoring", OWN)
    part = narrowed(app, TRIAL, ["S1"])
    data, _ = made(part, asked, "0.0.0")
    one, other = (unzipped(each).files for each in (data, made(app, asked, "0.0.0")[0]))
    assert one.keys() == other.keys()
    # At the site it is as of the last fact that is seen there.
    assert [name for name in one if one[name] != other[name] and "/" in name] == []
    assert OTHER.encode() not in b"".join(unzipped(data).files.values())
    with pytest.raises(NotFound):
        made(part, replace(asked, participant=OTHER), "0.0.0")


@pytest.mark.requirement("DR-06")
def test_a_monitor_of_one_site_asks_about_it_alone(desk: Desk) -> None:
    who = "mo.cra"
    desk.open(who)
    desk.do("ada.admin", "access", "request", who, "monitor", "--at-site", "S1")
    desk.do("bo.admin", "access", "grant", who, "r-1")
    for words in (("participant", "list"), ("audit", "trail"), ("deviation", "list"), ("trial", "status")):
        desk.do(who, *words)
    assert desk.fault(who, "endpoints") == (7, "access.other_site")
    assert desk.fault(who, "audit", "conformance") == (7, "access.other_site")
    bundle = ("export", "bundle", "--purpose", "monitoring", "--out", str(desk.terminal.folder / "b.zip"))
    assert desk.fault(who, *bundle) == (7, "access.other_site")
    assert desk.fault(who, *bundle, "--participant", OWN) == (5, "participant.unknown")
    desk.do(who, "ledger", "status")
    assert desk.fault(who, "replay") == (7, "access.other_site")


@pytest.mark.requirement("AT-08", "DR-06")
def test_the_trail_of_somebody_is_empty_or_they_are_not_there_at_another_site_as_nobody_is(
    desk: Desk,
) -> None:
    for who, site in (("mo.cra", "S1"), ("far.cra", "S2")):
        desk.open(who)
        desk.do("ada.admin", "access", "request", who, "monitor", "--at-site", site)
        desk.do("bo.admin", "access", "grant", who, "r-1")
    trail = ("audit", "trail", "--actor")
    assert desk.do("mo.cra", *trail, "mo.cra")["rows"] == []  # an account that has done nothing here
    for unknown in ("far.cra", "nobody"):
        assert desk.fault("mo.cra", *trail, unknown) == (5, "account.unknown")


@pytest.mark.requirement("DR-06")
def test_nobody_is_shown_the_sheet_of_another_site_on_the_way_to_a_refused_signature(desk: Desk) -> None:
    desk.join("zhao.pi", "principal_investigator")
    desk.join("sun.dm", "data_manager")
    desk.join("li.crc", "coordinator")
    desk.open("chen.md")
    desk.do("ada.admin", "access", "request", "chen.md", "investigator", "--at-site", "S1")
    desk.do("bo.admin", "access", "grant", "chen.md", "r-1")
    for who, site, task in (("li.crc", "S2", "screening"), ("chen.md", "S1", "sign_off")):
        desk.again("sun.dm", "zhao.pi")
        desk.do("sun.dm", "training", "record", who, "protocol", "--version", "1.0")
        desk.do("zhao.pi", "delegation", "add", who, "--at-site", site, "--task", task)
    desk.again("li.crc", "chen.md")
    desk.do("li.crc", "participant", "screen", OTHER, "--site", "S2", "--age", "54")
    for words in (("casebook", "sheet", OTHER), ("casebook", "sign", OTHER, "--yes")):
        told = desk.terminal.run(*words, env=desk.env("chen.md"))
        assert told.exit_code == 5, told.stderr
        assert told.stderr.startswith("trialog: there is no participant S2-001")
