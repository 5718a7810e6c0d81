"""`trialog randomization …`: what it tells, to whom, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from domain.enrolment import AllocationUsed
from domain.participant import Randomized
from domain.sealed import ALLOCATION, Sealed, padded
from tests.cli.conftest import prepared
from tests.cli.terminal import COORDINATOR, DATA_MANAGER, INVESTIGATOR, PI, PROTOCOL, STATISTICIAN, Terminal
from tests.randomization.test_published import program
from tests.support.scenario import Scenario
from tests.support.trial import of_participant, of_trial

MASKED = ("--role", "outcome_assessor")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal on a small trial with two randomized participants."""
    return prepared("S1-001", "S1-002").copied(tmp_path)


@pytest.fixture
def revealed(terminal: Terminal) -> Terminal:
    """The same, locked, and the secret of its list revealed."""
    terminal.do("trial", "close", by=PI)
    terminal.do("trial", "lock", "--reason", "clean and signed", by=DATA_MANAGER)
    terminal.do("randomization", "reveal", by=STATISTICIAN)
    return terminal


def test_status_tells_the_commitment_and_what_is_taken_and_never_an_arm(terminal: Terminal) -> None:
    told = terminal.data("randomization", "status")
    assert (told["method"], told["sealed"], told["algorithm"]) == (
        "permuted_blocks",
        True,
        "trialog-blocks-1",
    )
    assert (told["places"], told["target"], told["places_taken"]) == (8, 8, 2)
    assert (told["revealed"], told["revealed_at"], told["secret"]) == (False, None, None)
    assert told["sealed_by"] == "h.zhou"
    assert len(told["commitment"]) == 64
    assert told["commitment"] in terminal.do("randomization", "status")


def test_status_names_no_arm_to_a_masked_role_even_after_the_reveal(revealed: Terminal) -> None:
    for words in (("status",), ("status", "--json"), ("verify",), ("verify", "--json")):
        told = revealed.do("randomization", *words, *MASKED)
        assert "by-vein" not in told
        assert "by-artery" not in told
    told = revealed.data("randomization", "status", *MASKED)
    assert (told["revealed"], told["secret"], told["parameters"]) == (True, None, None)


def test_before_sealing_status_and_verify_say_that_there_is_no_list(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.do("trial", "adopt", str(PROTOCOL), by=PI)
    told = terminal.data("randomization", "status")
    assert (told["sealed"], told["commitment"], told["places"], told["target"]) == (False, None, None, 8)
    checks = {each["check"]: each["outcome"] for each in terminal.data("randomization", "verify")["checks"]}
    assert checks == {
        "sealing": "not_checked",
        "commitment": "not_checked",
        "order": "agrees",
        "arms": "not_checked",
    }


def test_the_list_is_sealed_once_by_those_who_may(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.do("trial", "adopt", str(PROTOCOL), by=PI)
    assert terminal.fault("randomization", "seal", by=PI)["exit"] == 7
    terminal.do("randomization", "seal", by="m:randomization_manager")
    assert terminal.fault("randomization", "seal", by=STATISTICIAN)["code"] == "randomization.sealed_already"


def test_before_the_reveal_verify_tells_everyone_that_places_agree_and_no_list(terminal: Terminal) -> None:
    for role in ("statistician", "outcome_assessor", "randomization_manager"):
        told = terminal.data("randomization", "verify", "--role", role)
        assert {each["outcome"] for each in told["checks"]} == {"agrees"}
        assert (told["findings"], told["list"], told["places_taken"]) == ([], None, 2)
        text = terminal.do("randomization", "verify", "--role", role)
        assert "2 allocations are those of the list" in text
        assert "by-" not in text


def test_after_the_reveal_verify_shows_the_list_to_those_not_masked(revealed: Terminal) -> None:
    before = ("--as-of", str(revealed.head - 1))
    told = revealed.data("randomization", "verify", "--role", "statistician")["list"]
    assert [each["participant"] for each in told] == ["S1-001", "S1-002", *[None] * 6]
    arms = [revealed.data("participant", "show", code)["allocation"]["arm"] for code in ("S1-001", "S1-002")]
    assert [each["arm"] for each in told[:2]] == arms
    assert "by-" in revealed.do("randomization", "verify", "--role", "statistician")
    assert revealed.data("randomization", "verify", "--role", "statistician", *before)["list"] is None


def test_what_status_tells_after_the_reveal_is_all_that_the_published_program_needs(
    revealed: Terminal,
) -> None:
    told = revealed.data("randomization", "status", "--role", "statistician")
    words = [sys.executable, "-c", program(), told["secret"], told["parameters"]]
    commitment, *places = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert commitment == told["commitment"]
    listed = revealed.data("randomization", "verify", "--role", "statistician")["list"]
    assert places == [each["arm"] for each in listed]


def test_a_reveal_tells_no_secret_in_its_receipt(terminal: Terminal) -> None:
    terminal.do("trial", "close", by=PI)
    assert terminal.fault("randomization", "reveal", by=STATISTICIAN)["code"] == "randomization.not_locked"
    terminal.do("trial", "lock", "--reason", "clean and signed", by=DATA_MANAGER)
    assert terminal.fault("randomization", "reveal", by=PI)["exit"] == 7
    receipt = terminal.do("randomization", "reveal", "--json", by=STATISTICIAN)
    secret = terminal.data("randomization", "status")["secret"]
    assert len(secret) == 64
    assert secret not in receipt
    assert terminal.fault("randomization", "reveal", by=STATISTICIAN)["exit"] == 4


def test_without_the_key_verify_says_what_it_could_not_check(terminal: Terminal) -> None:
    Path(f"{terminal.store}.keys").unlink()
    told = terminal.data("randomization", "verify")
    checks = {each["check"]: each["outcome"] for each in told["checks"]}
    assert checks == {
        "sealing": "agrees",
        "commitment": "not_checked",
        "order": "agrees",
        "arms": "not_checked",
    }
    text = terminal.do("randomization", "verify")
    assert "the secret is not revealed, and its key is not held here" in text


def test_without_the_key_nobody_is_randomized_and_one_line_says_why(terminal: Terminal) -> None:
    terminal.do("participant", "screen", "S1-003", "--site", "S1", "--age", "54", by=COORDINATOR)
    terminal.do(
        "record", "consent", "S1-003", "--version", "1.0", "--document-language", "zh-CN", by=COORDINATOR
    )
    terminal.do("participant", "answer", "S1-003", "--all-met", by=COORDINATOR)
    terminal.do("participant", "sign", "S1-003", by=INVESTIGATOR)
    Path(f"{terminal.store}.keys").unlink()
    head = terminal.head
    result = terminal.run("participant", "randomize", "S1-003", by=INVESTIGATOR)
    assert (result.exit_code, result.stdout) == (7, "")
    assert result.stderr == (
        "trialog: the key 'allocation' is not held here. Put the key file beside the store. (seal.no_key)\n"
    )
    assert terminal.head == head


def test_verify_ends_with_3_and_names_the_first_wrong_place(tmp_path: Path) -> None:
    scenario = Scenario(tmp_path)
    terminal = Terminal(tmp_path)
    terminal.store = Path(scenario.location)
    scenario.close()
    terminal.store.unlink()
    Path(f"{terminal.store}.keys").unlink()
    terminal.activate()
    terminal.enrol("S1-001")
    scenario.app = scenario.opened()
    scenario.clock.moment = terminal.clock.moment
    for code, place in (("S1-007", 2), ("S1-008", 5)):
        nowhere: Sealed = scenario.app.vault.seal(ALLOCATION, padded("by-mouth", 48))
        scenario.given(
            of_participant(Randomized(place=place, allocation=nowhere), code=code),
            of_trial(AllocationUsed(place=place, participant=code)),
        )
    scenario.close()
    result = terminal.run("randomization", "verify")
    assert result.exit_code == 3
    assert "by-" not in result.output
    assert result.stderr == (
        "trialog: T-1: place 2 (S1-007): the allocation is not that of the list, and 2 more"
        " [every allocation is that of the sealed list] (randomization.differs)\n"
    )
    assert "place 3 was next" in result.stdout
