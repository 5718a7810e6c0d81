"""Alerts on the command line: seen, acknowledged, made by hand, and computed for any period."""

from __future__ import annotations

from pathlib import Path

import pytest

import trialog.alert_command as _alert_command  # noqa: F401 - adds its commands to the alerts' own
from domain.errors import Invalid
from tests.cli.terminal import COORDINATOR, INVESTIGATOR, PI, PROTOCOL, Terminal
from trialog.scheduler_command import parted

RULES = """
[[alerts]]
id = "window_opens"
rule = "window_opens"
roles = ["coordinator"]

[[alerts]]
id = "visit_overdue"
rule = "visit_overdue"
roles = ["coordinator", "cell_laboratory"]
escalation = [{ role = "investigator", working_days = 2 }]

[[alerts]]
id = "visit_missed"
rule = "visit_missed"
roles = ["coordinator"]
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A trial whose participant S1-001 missed the baseline visit, 36 days after consent."""
    return overdue(tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="module")
def both_arms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Terminal]:
    """The same trial twice, by arm of its participant: its list was drawn anew until the arms differed."""
    found: dict[str, Terminal] = {}
    for seed in range(20):
        terminal = overdue(tmp_path_factory.mktemp("arm"), seed)
        found.setdefault(terminal.route("S1-001"), terminal)
        if len(found) == 2:
            return found
    raise AssertionError("twenty lists begin with one arm")


def overdue(folder: Path, seed: int = 1) -> Terminal:
    """A trial with an overdue visit."""
    terminal = Terminal(folder, seed)
    file = folder / "telling.toml"
    zone = 'zone = "Asia/Shanghai"'
    file.write_text(PROTOCOL.read_text("utf-8").replace(zone, f'{zone}\ncalendar = "CN"', 1) + RULES, "utf-8")
    ready = ("--confirm-assumptions", "--ethics", "E", "--sealed-by", "h")
    terminal.do("trial", "activate", str(file), *ready, by=PI)
    terminal.enrol("S1-001")
    terminal.clock.advance(days=36)
    terminal.do("alert", "sweep")
    return terminal


def test_alerts_are_listed_with_whom_they_told_and_how_late_they_were(told: Terminal) -> None:
    (row,) = told.data("alert", "list", "--to", "coordinator")["rows"]
    assert (row["rule"], row["told"], row["status"]) == ("visit_overdue", ["coordinator"], "raised")
    assert (row["due"], row["late_seconds"]) == ("2026-03-31T00:00+08:00[Asia/Shanghai]", 648480)
    shown = told.do("alert", "list")
    assert row["alert"][:8] in shown
    assert "7 d 12 h 8 min" in shown
    assert told.data("alert", "list", "--status", "acknowledged")["rows"] == []
    assert told.fault("alert", "list", "--status", "open")["code"] == "usage.alert_status"


def test_an_alert_is_shown_with_its_history_and_found_by_the_beginning_of_its_id(told: Terminal) -> None:
    row = told.data("alert", "list", "--to", "coordinator")["rows"][0]
    shown = told.data("alert", "show", row["alert"][:8])
    assert shown["alert"] == row
    assert shown["title"] == "T-1 S1-001: Baseline, visit overdue"
    assert [line["actor"] for line in shown["history"]] == ["scheduler"]
    assert told.fault("alert", "show", "nothing")["exit"] == 5


def test_a_sweep_repeated_changes_nothing_and_one_in_the_future_is_refused(told: Terminal) -> None:
    before = told.head
    made = told.data("alert", "sweep")
    assert (made["raised"], made["resolved"], told.head) == (0, 0, before)
    assert told.data("alert", "sweep", "--now", "2026-04-01T00:00:00Z")["raised"] == 0
    assert told.fault("alert", "sweep", "--now", "2027-01-01T00:00:00Z")["code"] == "sweep.in_future"


@pytest.mark.parametrize("wrong", ["8642", "127.0.0.1", "127.0.0.1:x", ":8642", "127.0.0.1:70000"])
def test_an_address_to_listen_on_is_a_host_and_a_port(wrong: str) -> None:
    with pytest.raises(Invalid) as error:
        parted(wrong)
    assert error.value.code == "usage.address"
    assert parted("127.0.0.1:8642") == ("127.0.0.1", 8642)


def test_was_the_coordinator_told_is_answered_for_any_instant(told: Terminal) -> None:
    question = ("alert", "list", "--to", "coordinator", "--as-of", "2026-04-01T00:00:00Z")
    assert told.data(*question)["rows"] == []
    assert told.data(*question, "--axis", "effective")["rows"] == []
    later = ("alert", "list", "--to", "coordinator", "--as-of", "2026-04-08T00:00:00Z")
    for axis in ("recorded", "effective"):
        assert [row["rule"] for row in told.data(*later, "--axis", axis)["rows"]] == ["visit_overdue"]


def test_a_period_is_computed_with_what_was_really_told_beside_it(told: Terminal) -> None:
    period = ("--from", "2026-03-01T00:00:00Z", "--to", "2026-05-01T00:00:00Z")
    rows = told.data("alert", "simulate", *period, "--told", "coordinator")["rows"]
    assert [(row["what"], row["rule"], row["at"], bool(row["stored"])) for row in rows] == [
        ("raised", "window_opens", "2026-03-02T12:03+08:00[Asia/Shanghai]", False),
        ("raised", "visit_overdue", "2026-03-31T00:00+08:00[Asia/Shanghai]", True),
        ("raised", "visit_missed", "2026-04-14T00:00+08:00[Asia/Shanghai]", False),
    ]
    days = told.data("alert", "simulate", "--from", "2026-03-02", "--to", "2026-03-31")
    assert (days["from"], days["to"]) == ("2026-03-01T16:00:00.000000Z", "2026-03-31T15:59:59.999999Z")
    clinical = (*period, "--told", "coordinator", "--axis", "effective")
    assert told.data("alert", "simulate", *clinical)["rows"] == rows
    before = told.data("alert", "simulate", *clinical, "--as-of", "2026-02-01T00:00:00Z")
    assert before["rows"] == []
    back = ("--from", "2026-05-01T00:00:00Z", "--to", "2026-03-01T00:00:00Z")
    assert told.fault("alert", "simulate", *back)["code"] == "simulate.period"


def test_roles_that_may_not_list_visits_see_the_alerts_meant_for_them(told: Terminal) -> None:
    seen = told.data("alert", "list", "--role", "cell_laboratory")["rows"]
    assert [row["told"] for row in seen] == [["cell_laboratory"]]
    assert told.data("alert", "list", "--role", "administrator")["rows"] == []


def test_an_alert_is_acknowledged_by_those_it_was_meant_for_with_what_is_done(tmp_path: Path) -> None:
    terminal = overdue(tmp_path)
    row = terminal.data("alert", "list", "--to", "coordinator")["rows"][0]
    done = ("alert", "ack", row["alert"][:8], "--reason", "comes on Friday")
    assert terminal.fault(*done, by=INVESTIGATOR)["code"] == "alert.other_role"
    terminal.do(*done, by=COORDINATOR)
    shown = terminal.data("alert", "show", row["alert"])
    assert (shown["alert"]["status"], shown["acknowledged_by"]) == ("acknowledged", "an.li")
    assert shown["acknowledged_because"] == "comes on Friday"
    assert terminal.fault(*done, by=COORDINATOR)["code"] == "alert.acknowledged_already"
    assert terminal.run("alert", "ack", row["alert"][:8], by=COORDINATOR).exit_code == 2
    terminal.clock.advance(days=3)
    terminal.do("alert", "sweep")
    assert terminal.data("alert", "show", row["alert"])["alert"]["told"] == ["coordinator"]


@pytest.mark.parametrize(
    "words",
    [
        ("alert", "list", "--all"),
        ("alert", "list", "--all", "--json"),
        ("alert", "simulate", "--from", "2026-03-01T00:00:00Z", "--to", "2026-06-01T00:00:00Z", "--json"),
    ],
    ids=" ".join,
)
def test_alerts_are_the_same_to_the_byte_whatever_the_arms_are(
    both_arms: dict[str, Terminal], words: tuple[str, ...]
) -> None:
    one, other = (terminal.do(*words, "--role", "outcome_assessor") for terminal in both_arms.values())
    assert one == other
    assert "S1-001" in one
    for secret in both_arms:
        assert secret not in one


def test_a_holiday_is_told_beside_its_date_and_moves_no_window(told: Terminal) -> None:
    (baseline, *_) = told.data("visit", "list", "--participant", "S1-001")["rows"]
    assert (baseline["opens"], baseline["holidays"]) == ("2026-03-02", {})
    terminal_day = ("visit", "list", "--participant", "S1-001")
    assert "holidays" in told.do(*terminal_day)
