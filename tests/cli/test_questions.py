"""Questions as of any instant, on either axis; times as people give them; and steps towards enrolment."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.cli.question import as_of_from
from domain.clinical_time import ClinicalTime, Precision
from tests.cli.terminal import COORDINATOR, INVESTIGATOR, PI, PROTOCOL, STATISTICIAN, Terminal


def test_a_question_is_answered_as_of_a_position_an_instant_and_a_cut(active: Terminal) -> None:
    before = active.head
    active.do("trial", "cut", "empty", by=STATISTICIAN)
    instant = active.clock.moment.isoformat()
    as_shown = ClinicalTime.at(active.clock.moment, "Asia/Shanghai", Precision.SECOND)
    active.enrol("S1-001")
    for as_of in (str(before), instant, as_shown, "empty"):
        assert active.data("participant", "list", "--as-of", as_of)["rows"] == []
    assert active.data("participant", "list", "--as-of", str(before))["position"] == before
    assert len(active.data("participant", "list")["rows"]) == 1


def test_a_day_is_meant_to_its_end_at_the_first_site_and_that_is_said(enrolled: Terminal) -> None:
    asked = ("trial", "status", "--as-of", "2026-03-02")
    assert enrolled.data(*asked)["as_of"] == "2026-03-02T15:59:59.999999Z"
    said = "2026-03-02 is meant to its end in Asia/Shanghai: 2026-03-02T15:59:59.999999Z"
    assert enrolled.run(*asked).stderr == f"trialog: {said}\n"
    in_chinese = "2026-03-02 计至结束时（Asia/Shanghai）：2026-03-02T15:59:59.999999Z"
    assert enrolled.run(*asked, "--language", "zh").stderr == f"trialog: {in_chinese}\n"
    assert enrolled.data(*asked, "--axis", "effective")["as_of"] == "2026-03-02T15:59:59.999999Z"
    assert enrolled.data("trial", "status", "--as-of", "2026-02")["as_of"] == "2026-02-28T15:59:59.999999Z"
    instant = "2026-03-02T15:59:59.999999Z"
    assert enrolled.data("participant", "list", "--as-of", instant) == enrolled.data(
        "participant", "list", "--as-of", "2026-03-02"
    )


def test_what_had_happened_is_told_apart_from_what_was_known(enrolled: Terminal) -> None:
    enrolled.clock.advance(days=10)
    enrolled.do("record", "dialysis", "S1-001", "--at", "2026-03-03", by=COORDINATOR)
    then = ("participant", "show", "S1-001", "--as-of", "2026-03-05T00:00:00Z")
    assert enrolled.data(*then)["dialysis"] == []
    assert len(enrolled.data(*then, "--axis", "effective")["dialysis"]) == 1


def test_what_was_true_on_one_day_is_told_as_it_was_known_on_another(enrolled: Terminal) -> None:
    before = enrolled.head
    enrolled.do("trial", "cut", "interim", by=STATISTICIAN)
    enrolled.clock.advance(days=10)
    enrolled.do("record", "dialysis", "S1-001", "--at", "2026-03-03", by=COORDINATOR)
    told = ("participant", "show", "S1-001", "--axis", "effective")
    then = (*told, "--as-of", "2026-03-05T00:00:00Z")
    assert len(enrolled.data(*then)["dialysis"]) == 1
    for known_at, position in (
        ("interim", before),
        ("2026-03-05T00:00:00Z", before + 1),
        ("2026-03-06", before + 1),
    ):
        answer = enrolled.data(*then, "--known-at", known_at)
        assert (answer["dialysis"], answer["position"]) == ([], position)
        assert answer["as_of"] == "2026-03-05T00:00:00.000000Z"
    assert len(enrolled.data(*then, "--known-at", str(enrolled.head))["dialysis"]) == 1


def test_a_position_and_a_cut_name_an_instant_of_the_clinical_axis_as_it_was_known(
    enrolled: Terminal,
) -> None:
    before = enrolled.head
    enrolled.do("trial", "cut", "interim", by=STATISTICIAN)
    enrolled.clock.advance(days=10)
    enrolled.do("record", "dialysis", "S1-001", "--at", "2026-03-03", by=COORDINATOR)
    told = ("participant", "show", "S1-001", "--axis", "effective")
    recorded = enrolled.data("participant", "show", "S1-001", "--as-of", str(before))
    for as_of in (str(before), "interim"):
        answer = enrolled.data(*told, "--as-of", as_of)
        assert answer == {**recorded, "axis": "effective"}
    assert len(enrolled.data(*told, "--as-of", str(enrolled.head))["dialysis"]) == 1


def test_what_a_trial_had_gone_through_is_told_as_of_the_clinical_instant(enrolled: Terminal) -> None:
    enrolled.clock.advance(days=10)
    enrolled.do("trial", "close", by=PI)
    enrolled.do("trial", "cut", "closed", by=STATISTICIAN)
    after = enrolled.clock.moment + timedelta(days=1)
    told = [
        enrolled.data("trial", "status", "--axis", "effective", "--as-of", instant)
        for instant in ("2000-01-01T00:00:00Z", "2026-03-05T00:00:00Z", after.isoformat())
    ]
    assert [each["status"] for each in told] == ["planned", "active", "active"]
    assert [each["enrolling"] for each in told] == [False, True, False]
    assert [each["activated"] is None for each in told] == [True, False, False]
    assert [each["list_sealed"] for each in told] == [False, True, True]
    assert [each["enrolment"]["target"] for each in told] == [None, 8, 8]
    assert [list(each["cuts"]) for each in told] == [[], [], ["closed"]]
    early = ("--axis", "effective", "--as-of", "2000-01-01T00:00:00Z")
    assert enrolled.data("audit", "cuts", *early)["rows"] == []
    assert enrolled.data("randomization", "status", *early)["sealed"] is False


def test_before_the_trial_there_was_nothing(active: Terminal) -> None:
    then = ("--as-of", "2000-01-01T00:00:00Z")
    status = active.data("trial", "status", *then)
    assert (status["status"], status["position"], status["versions"]) == ("planned", 0, [])
    assert active.data("visit", "list", *then)["rows"] == []
    assert active.fault("trial", "assumptions", *then)["exit"] == 5


def test_a_coming_day_can_be_asked_about(enrolled: Terminal) -> None:
    enrolled.do("record", "infusion", "S1-001", enrolled.route("S1-001"), by=INVESTIGATOR)
    later = (enrolled.clock.moment + timedelta(days=30)).isoformat()
    rows = enrolled.data("visit", "list", "--as-of", later)["rows"]
    assert {row["visit"]: row["status"] for row in rows}["week-4"] == "open"


def test_a_time_without_a_zone_is_told_in_that_of_the_participants_site(active: Terminal) -> None:
    for code, site, told in (
        ("A-1", "S1", "2026-03-01T09:30+08:00[Asia/Shanghai]"),
        ("B-1", "S2", "2026-03-01T09:30+01:00[Europe/Berlin]"),
    ):
        active.do("participant", "screen", code, "--site", site, "--at", "2026-03-01T09:30", by=COORDINATOR)
        active.do("record", "dialysis", code, "--at", "2026-03-01T09:30", by=COORDINATOR)
        shown = active.data("participant", "show", code)
        assert shown["participant"]["registered"] == told
        assert shown["dialysis"][0]["at"] == told


def test_a_report_without_a_time_speaks_of_now(active: Terminal) -> None:
    active.do("participant", "screen", "S1-001", "--site", "S1", by=COORDINATOR)
    active.do("record", "dialysis", "S1-001", by=COORDINATOR)
    assert active.data("participant", "show", "S1-001")["dialysis"][0]["at"].startswith("2026-03-02T12:")


@pytest.mark.parametrize(
    ("word", "value", "unit", "comparator"),
    [
        ("alt=54 U/L", "54", "U/L", None),
        ("alt=54U/L", "54", "U/L", None),
        ("alt=<5.1 U/L", "5.1", "U/L", "<"),
        ("alt=>= 5 U/L", "5", "U/L", ">="),
        ("inr=1.7", "1.7", "{INR}", None),
        ("ascites=mild", "mild", None, None),
    ],
)
def test_values_are_read_as_people_type_them(
    enrolled: Terminal, word: str, value: str, unit: str | None, comparator: str | None
) -> None:
    enrolled.do("record", "results", "S1-001", "baseline", word, by=COORDINATOR)
    row = enrolled.data("result", "list")["rows"][0]
    assert (row["value"], row["unit"], row["comparator"]) == (value, unit, comparator)


def test_a_correction_keeps_the_unit_unless_it_names_another(enrolled: Terminal) -> None:
    enrolled.do("record", "results", "S1-001", "baseline", "alt=54 U/L", by=COORDINATOR)
    words = ("result", "correct", "S1-001", "baseline", "alt")
    why = ("--reason", "typing error", "--reason-code", "transcription", "--was", "54 U/L")
    enrolled.do(*words, "45", *why, by=COORDINATOR)
    stale = (*words, "46", *why)
    assert enrolled.fault(*stale, by=COORDINATOR)["code"] == "result.changed_meanwhile"
    row = enrolled.data("result", "list")["rows"][0]
    assert (row["value"], row["unit"], row["state"]) == ("45", "U/L", "corrected")


def test_reasons_are_kept_with_who_gave_them(enrolled: Terminal) -> None:
    enrolled.do("record", "results", "S1-001", "baseline", "alt=54 U/L", by=COORDINATOR)
    why = ("--reason", "typing error", "--reason-code", "transcription", "--site", "S1")
    enrolled.do("result", "correct", "S1-001", "baseline", "alt", "45", *why, by=COORDINATOR)
    line = enrolled.data("participant", "history", "S1-001")["rows"][-1]
    assert (line["actor"], line["role"], line["site"], line["reason"]) == (
        "an.li",
        "coordinator",
        "S1",
        "transcription: typing error",
    )


def test_a_protocol_compared_with_another_tells_before_and_after(active: Terminal) -> None:
    other = active.folder / "other.toml"
    other.write_text(PROTOCOL.read_text("utf-8").replace("target = 8", "target = 9"), "utf-8")
    told = active.do("protocol", "diff", "1.0", str(other))
    assert told.splitlines() == [
        "enrolment.target",
        "  before: 8 (registered: the registration)",
        "  after: 9 (registered: the registration)",
    ]
    assert active.do("protocol", "diff", "1.0", str(PROTOCOL)) == "no value differs\n"


# ---------------------------------------------------------------- towards enrolment

READY = ("--confirm-assumptions", "--ethics", "E-1", "--sealed-by", "h.zhou")


def test_activation_does_every_step_and_says_so(terminal: Terminal) -> None:
    steps = terminal.data("trial", "activate", str(PROTOCOL), *READY, by=PI)["steps"]
    assert [(step["step"], step["first"]) for step in steps] == [
        ("adopt", 1),
        ("confirm assumptions", 2),
        ("ethics approval", 3),
        ("activate site S1", 4),
        ("activate site S2", 5),
        ("seal list", 6),
        ("activate", 7),
        ("open enrolment", 8),
    ]
    status = terminal.data("trial", "status")
    assert (status["status"], status["enrolling"], status["assumptions_open"]) == ("active", True, 0)


def test_activation_goes_on_where_people_have_begun(terminal: Terminal) -> None:
    terminal.do("trial", "adopt", str(PROTOCOL), by=PI)
    terminal.do("trial", "confirm", "--yes", by=PI)
    rest = ("--ethics", "E-1", "--sealed-by", "h.zhou")
    steps = terminal.data("trial", "activate", str(PROTOCOL), *rest, by=PI)["steps"]
    assert [step["step"] for step in steps][:2] == ["ethics approval", "activate site S1"]
    assert terminal.do("trial", "activate", str(PROTOCOL), by=PI) == "nothing had to be done\n"


def test_activation_says_at_once_everything_it_needs(terminal: Terminal) -> None:
    error = terminal.fault("trial", "activate", str(PROTOCOL), by=PI)
    assert error["message"] == (
        "activation needs --confirm-assumptions (there are 3), --ethics REF, --sealed-by ACTOR"
    )


def test_activation_refuses_another_protocol_and_does_not_reopen_enrolment(active: Terminal) -> None:
    other = active.folder / "other.toml"
    other.write_text(PROTOCOL.read_text("utf-8").replace("target = 8", "target = 9"), "utf-8")
    assert active.fault("trial", "activate", str(other), *READY, by=PI)["code"] == "trial.other_protocol"
    active.do("trial", "close", by=PI)
    head = active.head
    assert active.fault("trial", "activate", str(PROTOCOL), by=PI)["code"] == "trial.enrolment_closed"
    active.do("trial", "lock", "--reason", "clean and signed", by=PI)
    assert active.fault("trial", "activate", str(PROTOCOL), by=PI)["code"] == "trial.locked"
    assert active.head == head + 1


def test_two_trials_in_one_store_are_told_apart(active: Terminal) -> None:
    other = active.folder / "other.toml"
    other.write_text(PROTOCOL.read_text("utf-8").replace('trial = "T-1"', 'trial = "T-2"'), "utf-8")
    active.do("trial", "adopt", str(other), by=PI)
    error = active.fault("trial", "status")
    assert (error["exit"], error["message"]) == (2, "the store holds T-1, T-2")
    assert active.data("trial", "status", "--trial", "T-2")["status"] == "adopted"


def test_results_come_in_the_order_in_which_the_protocol_plans_their_visits(enrolled: Terminal) -> None:
    for visit in ("week-12", "week-4"):
        enrolled.do("record", "visit", "S1-001", visit, by=COORDINATOR)
        enrolled.do("record", "results", "S1-001", visit, "alt=40 U/L", by=COORDINATOR)
    rows = enrolled.data("result", "list", "--participant", "S1-001")["rows"]
    assert [row["visit"] for row in rows if row["result"] == "alt"] == ["week-4", "week-12"]


def test_a_year_given_for_an_instant_is_told_to_be_a_position(capsys: pytest.CaptureFixture[str]) -> None:
    for head, told in ((2686, "2026 is taken as a position, not as a year"), (100, "")):
        app: Any = SimpleNamespace(reading=SimpleNamespace(head=lambda _trial, head=head: (head, "")))
        assert as_of_from("2026", app, "T-1", "en") == 2026
        err = capsys.readouterr().err
        assert told in err
        assert bool(told) is bool(err)
