"""Where values come from: registered devices and sources, paper checked by a second person, offline."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.offline import read_upload
from domain.errors import Denied, Invalid, NotFound
from domain.record import Attribution, Origin, Role
from tests.cli.terminal import COORDINATOR, DATA_MANAGER, INVESTIGATOR, Terminal
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, course
from tests.support.trial import active as begun
from workflows import originator

SCREEN = course("screened")[0]


def machine(origin: Origin, source: str) -> Attribution:
    return Attribution("machine", Role.SYSTEM, origin=origin, origin_id=source)


# ---------------------------------------------------------------- the register


@pytest.mark.requirement("AT-09")
@pytest.mark.parametrize(("kind", "origin"), [("device", Origin.DEVICE), ("import", Origin.IMPORT)])
def test_data_come_from_a_registered_originator_and_from_no_other(
    scenario: Scenario, kind: str, origin: Origin
) -> None:
    scenario.given(
        begun(),
        originator.RegisterOriginator.model_validate({"source": "lab-1", "kind": kind, "about": "Model X"}),
    )
    for wrong in ("lab-2", "", "file.csv sha256:00 line 3"):
        with pytest.raises(Denied) as error:
            scenario.app.engine.execute(TRIAL, SCREEN, machine(origin, wrong))
        assert error.value.code == "originator.unknown"
    scenario.app.engine.execute(TRIAL, SCREEN, machine(origin, "lab-1: file.csv line 3"))
    kept = list(scenario.app.reading.entries(TRIAL))[-1].command.attribution
    assert (kept.origin, kept.origin_id) == (origin, "lab-1: file.csv line 3")
    scenario.given(originator.RetireOriginator(source="lab-1", reason="lost"))
    with pytest.raises(Denied):
        scenario.app.engine.execute(TRIAL, course("screened", "S1-002")[0], machine(origin, "lab-1"))


@pytest.mark.requirement("AT-09")
def test_a_device_registered_as_a_source_of_files_is_no_device(scenario: Scenario) -> None:
    scenario.given(begun(), originator.RegisterOriginator(source="lab-1", kind="import", about="files"))
    with pytest.raises(Denied):
        scenario.app.engine.execute(TRIAL, SCREEN, machine(Origin.DEVICE, "lab-1"))


def test_a_trial_that_keeps_no_register_of_sources_takes_files(scenario: Scenario) -> None:
    scenario.given(begun(), originator.RegisterOriginator(source="d-1", kind="device", about="Model X"))
    assert scenario.app.engine.execute(TRIAL, SCREEN, machine(Origin.IMPORT, "file.csv line 3")).last


# ---------------------------------------------------------------- paper


@pytest.mark.requirement("BC-04")
def test_what_is_copied_from_paper_is_told_apart_and_checked_by_a_second_person(active: Terminal) -> None:
    words = ("participant", "screen", "S1-001", "--site", "S1", "--age", "54")
    done = active.data(*words, "--from-paper", "worksheet 3", by=COORDINATOR)
    active.do("participant", "screen", "S1-002", "--site", "S1", "--age", "60", by=COORDINATOR)
    [row] = active.data("transcription", "list", "--unchecked")["rows"]
    name = row["transcription"]
    assert (row["first"], row["last"], row["source"], row["entered_by"]) == (
        done["first"],
        done["last"] - 1,
        "worksheet 3",
        "an.li",
    )
    trail = active.data("audit", "trail", "--origin", "paper", "--kind", "participant")["rows"]
    assert [each["position"] for each in trail] == [done["first"]]
    own = active.fault("transcription", "check", name, "--agrees", by=COORDINATOR)
    assert own["code"] == "transcription.same_person"
    assert [each["topic"] for each in done["facts"]][-1] == "paper.transcribed.v1"  # in the same commit
    active.do("transcription", "check", name, "--differs", "--note", "the age", by=INVESTIGATOR)
    assert active.data("transcription", "list", "--unchecked")["rows"]
    active.do("transcription", "check", name, "--agrees", by=INVESTIGATOR)
    assert active.data("transcription", "list", "--unchecked")["rows"] == []
    [row] = active.data("transcription", "list")["rows"]
    assert [each["agrees"] for each in row["checks"]] == [False, True]


def test_a_repeated_copy_is_noted_once(active: Terminal) -> None:
    words = (
        "participant",
        "screen",
        "S1-001",
        "--site",
        "S1",
        "--from-paper",
        "sheet",
        "--command-id",
        "one",
    )
    active.do(*words, by=COORDINATOR)
    head = active.head
    active.do(*words, by=COORDINATOR)
    assert active.head == head


# ---------------------------------------------------------------- offline


def written(folder: Path, *entries: dict[str, object], device_time: str = "") -> Path:
    file = folder / "ediary-7.jsonl"
    lines = [{"device": "ediary-7", "device_time": device_time}, *entries]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return file


def screened(code: str, number: int) -> dict[str, object]:
    return {
        "id": f"c-{number}",
        "kind": "participant.pre_screen",
        "fields": {"participant": code, "site": "S1"},
        "captured": "2026-03-02T06:30+08:00[Asia/Shanghai]",
    }


@pytest.mark.requirement("TI-05")
def test_what_was_captured_six_hours_ago_keeps_both_times_and_how_far_the_clock_is_off(
    active: Terminal, tmp_path: Path
) -> None:
    active.do("originator", "register", "ediary-7", "device", "Model X", by=DATA_MANAGER)
    fast = active.clock.moment + timedelta(minutes=1, seconds=90)
    file = written(tmp_path, screened("S1-001", 1), device_time=fast.strftime("%Y-%m-%dT%H:%M:%SZ"))
    active.do("capture", "upload", str(file), by=COORDINATOR)
    [row] = active.data("capture", "list")["rows"]
    assert row["captured"].startswith("2026-03-02T06:30")
    assert row["uploaded"] > "2026-03-02T04:00"  # UTC: noon at the site, six hours later
    assert (row["device"], row["ahead_seconds"]) == ("ediary-7", 90)
    [line] = active.data("audit", "trail", "--origin", "device", "--kind", "participant")["rows"]
    assert (line["position"], line["origin"]) == (row["first"], "device")


@pytest.mark.requirement("TI-05")
def test_the_same_file_again_changes_nothing_and_a_longer_one_brings_what_is_new(
    active: Terminal, tmp_path: Path
) -> None:
    active.do("originator", "register", "ediary-7", "device", "Model X", by=DATA_MANAGER)
    file = written(tmp_path, screened("S1-001", 1))
    active.do("capture", "upload", str(file), by=COORDINATOR)
    head = active.head
    active.do("capture", "upload", str(file), by=COORDINATOR)
    assert active.head == head
    file = written(tmp_path, screened("S1-001", 1), screened("S1-002", 2), device_time="2026-03-02T04:00:00Z")
    active.do("capture", "upload", str(file), by=COORDINATOR)
    assert len(active.data("capture", "list")["rows"]) == 2


@pytest.mark.requirement("AT-09")
def test_an_unregistered_device_brings_nothing_in_and_one_refused_entry_stops_no_other(
    active: Terminal, tmp_path: Path
) -> None:
    unknown = {**screened("S1-003", 4), "kind": "nonsense"}
    file = written(tmp_path, screened("S1-001", 1), screened("S1-001", 2), unknown, screened("S1-002", 3))
    head = active.head
    assert active.fault("capture", "upload", str(file), by=COORDINATOR)["exit"] == 4
    assert active.head == head
    active.do("originator", "register", "ediary-7", "device", "Model X", by=DATA_MANAGER)
    result = active.run("capture", "upload", str(file), "--json", by=COORDINATOR)
    rows = json.loads(result.stdout)["rows"]
    assert [each["refused"] for each in rows] == [None, "participant.code_taken", "command.unknown", None]


@pytest.mark.parametrize("text", ["", "{}", '{"device": "d"}\n{"id": 1}', '{"device": "d"}\nnot json'])
def test_what_is_no_file_of_a_device_is_said_with_its_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text(text, "utf-8")
    with pytest.raises(Invalid, match="no entry of a device"):
        read_upload(file, "UTC")
    with pytest.raises(NotFound):
        read_upload(tmp_path / "none.jsonl", "UTC")
