"""A trial that began before it was kept here: its activation says from when on it was active."""

from __future__ import annotations

import pytest

from tests.cli.terminal import PI, PROTOCOL, Terminal

BEGUN = "2019-05-06[Asia/Shanghai]"


def test_a_trial_taken_up_later_began_then_and_was_taken_up_now(terminal: Terminal) -> None:
    ready = ("--confirm-assumptions", "--ethics", "E-1", "--sealed-by", "h.zhou", "--at", "2019-05-06")
    steps = terminal.data("trial", "activate", str(PROTOCOL), *ready, by=PI)["steps"]
    began = {step["step"] for step in steps for fact in step["facts"] if fact["effective_at"] == BEGUN}
    assert began == {"ethics approval", "activate site S1", "activate site S2", "activate", "open enrolment"}
    now = [step for step in steps if step["step"] not in began]
    assert [step["step"] for step in now] == ["adopt", "confirm assumptions", "seal list"]
    assert all(fact["effective_at"].startswith("2026-03-02T12:0") for step in now for fact in step["facts"])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (("--at", "32.13.2025"), "time.form"),
        (("--at", "2099-01-01"), "time.in_future"),
        (("--sealed-by", "m.lin:monitor"), "policy.denied"),
    ],
)
def test_no_step_is_taken_before_every_option_is_known_to_be_right(
    terminal: Terminal, wrong: tuple[str, str], code: str
) -> None:
    ready = ("--confirm-assumptions", "--ethics", "E-1", "--sealed-by", "h.zhou")
    assert terminal.fault("trial", "activate", str(PROTOCOL), *ready, *wrong, by=PI)["code"] == code
    assert terminal.head == 0
