"""What the protocol forbids is refused with the rule named, and a refusal leaves the store as it was."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.allocation import ALGORITHM, parameters_of
from domain.enrolment import ListSealed
from domain.errors import Broken, Invalid
from domain.identifiers import SYSTEM_LOG
from domain.record import Role
from domain.sealed import ALLOCATION
from domain.trial import Locked
from tests.people.refusals import CODES
from tests.support.commands import lacking, of_kind
from tests.support.scenario import Scenario
from tests.support.trial import SECRET, active, adopted, course, day, of_trial, person, small
from tests.workflows.refusals import Refusal
from tests.workflows.refusals_of_conduct import OF_CONDUCT
from tests.workflows.refusals_of_consent import OF_CONSENT
from tests.workflows.refusals_of_corrections import OF_CORRECTIONS
from tests.workflows.refusals_of_infusions import OF_INFUSION, OF_LOT
from tests.workflows.refusals_of_life import OF_LIFE
from tests.workflows.refusals_of_outcomes import OF_OUTCOME
from tests.workflows.refusals_of_participants import OF_PARTICIPANT
from tests.workflows.refusals_of_privacy import OF_PRIVACY
from tests.workflows.refusals_of_results import OF_RESULT
from tests.workflows.refusals_of_review import OF_REVIEW
from tests.workflows.refusals_of_safety import OF_SAFETY, OF_UNBLINDING
from tests.workflows.refusals_of_trial import OF_TRIAL
from tests.workflows.refusals_of_upkeep import OF_UPKEEP
from tests.workflows.refusals_of_visits import OF_VISIT, OF_VISIT_CORRECTIONS
from tests.workflows.refusals_shown import SHOWS
from workflows import participant, trial
from workflows.command import COMMANDS, OfSystem, command_from
from workflows.policy import PERMITTED
from workflows.rules import RULES
from workflows.situation import DECISIONS

REFUSALS = [
    *OF_TRIAL,
    *OF_PARTICIPANT,
    *OF_VISIT,
    *OF_INFUSION,
    *OF_LOT,
    *OF_RESULT,
    *OF_VISIT_CORRECTIONS,
    *OF_OUTCOME,
    *OF_PRIVACY,
    *OF_UPKEEP,
    *OF_SAFETY,
    *OF_UNBLINDING,
    *OF_REVIEW,
    *OF_CONSENT,
    *OF_CONDUCT,
    *OF_CORRECTIONS,
    *OF_LIFE,
]
WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
SPEAKERS = {"Refused", "Invalid", "NotFound", "Denied", "Conflict", "Broken", "guard", "Rule"}

TESTED_BELOW = {
    "command.invalid",
    "command.unknown",
    "command.other_content",
    "command.other_log",
    "randomization.commitment",
}
TESTED_BESIDE = CODES
"""The rules about people, which speak in stores with accounts: `tests/people/test_refusals.py`."""
UNREACHABLE = {
    "randomization.secret": "the command's own pattern admits 64 hexadecimal digits, which are 32 bytes",
}


def spoken_in_source() -> Iterator[tuple[str, str]]:
    """Who speaks and with which code, everywhere in the workflow; what is only known when it runs as `*`.

    Conformance replay refuses no command: `tests/audit` plants the faults that it names.
    """
    for file in sorted(file for file in WORKFLOWS.rglob("*.py") if file.parent.name != "conformance"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SPEAKERS:
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    yield ast.unparse(node.func), str(code.value)
                elif isinstance(code, ast.JoinedStr):
                    yield (
                        ast.unparse(node.func),
                        "".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in code.values),
                    )


def codes_in_source() -> set[str]:
    """Every code that the workflow can refuse with."""
    return {code for _, code in spoken_in_source()}


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(
            refusal,
            id=f"{refusal.code} ({refusal.command.KIND})",
            marks=[pytest.mark.requirement(*SHOWS[refusal.code])] if refusal.code in SHOWS else [],
        )
        for refusal in REFUSALS
    ],
)
def test_the_rule_speaks_and_nothing_is_stored(scenario: Scenario, refusal: Refusal) -> None:
    scenario.given(refusal.given)
    if refusal.on:
        scenario.on(refusal.on)
    error = scenario.when(refusal.command, refusal.by).refused(refusal.code, refusal.kind)
    assert error.message


def test_every_code_that_the_workflow_knows_is_tested() -> None:
    tested = {refusal.code for refusal in REFUSALS} | TESTED_BELOW | TESTED_BESIDE | set(UNREACHABLE)
    untested = [
        code
        for code in sorted(codes_in_source())
        if not any(re.fullmatch(re.escape(code).replace(r"\*", r"\w+"), each) for each in tested)
    ]
    assert untested == []


def test_every_code_that_is_tested_is_one_that_the_workflow_knows() -> None:
    known = [re.escape(code).replace(r"\*", r"\w+") for code in codes_in_source()]
    tested = {refusal.code for refusal in REFUSALS} | TESTED_BELOW | TESTED_BESIDE | set(UNREACHABLE)
    assert sorted(each for each in tested if not any(re.fullmatch(code, each) for code in known)) == []


def test_every_code_has_its_rule_in_words_of_both_languages_and_no_rule_is_left_over() -> None:
    spoken = {code for code in codes_in_source() if "*" not in code}
    reached = {refusal.code for refusal in REFUSALS if ".not_when_" not in refusal.code}
    assert set(RULES) == spoken | reached
    for code, (_, rule) in RULES.items():
        assert rule.code == code
        assert rule.en
        assert not rule.zh.isascii()


def test_a_rule_is_listed_under_the_kind_of_error_it_is_refused_with() -> None:
    spoken = {(speaker, code) for speaker, code in spoken_in_source() if speaker not in ("guard", "Rule")}
    for speaker, code in spoken:
        if code in RULES:
            assert RULES[code][0].__name__ == speaker, code
    for refusal in REFUSALS:
        assert RULES.get(refusal.code, (refusal.kind,))[0] is refusal.kind


def test_every_command_is_decided_and_permitted_to_somebody() -> None:
    kinds = set(COMMANDS.values())
    assert set(DECISIONS) == kinds
    assert set(PERMITTED) == kinds
    assert all(PERMITTED.values())


def test_random_histories_know_what_the_fields_of_every_command_may_be() -> None:
    assert lacking() == [], "tell them in tests/support/commands.py"


@settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_random_histories_give_a_command_it_takes(data: st.DataObject) -> None:
    for kind in COMMANDS.values():
        if not issubclass(kind, OfSystem):
            assert isinstance(data.draw(of_kind(kind)), kind)


def test_a_command_nobody_knows_is_invalid() -> None:
    with pytest.raises(Invalid, match=r"'trial\.end' is no command") as error:
        command_from("trial.end", {})
    assert error.value.code == "command.unknown"


def test_a_command_with_wrong_fields_is_invalid_and_names_each_in_one_line() -> None:
    with pytest.raises(Invalid) as error:
        command_from("participant.pre_screen", {"participant": "Zhang San", "site": "S1", "age": -1, "x": 1})
    assert error.value.code == "command.invalid"
    assert [field for field in ("participant", "age", "x") if f"{field}: " not in error.value.message] == []
    assert "\n" not in str(error.value)


def test_a_secret_that_does_not_fit_its_commitment_is_not_revealed(scenario: Scenario) -> None:
    scenario.given(adopted()[:1])
    other = ListSealed(
        algorithm=ALGORITHM,
        commitment="00" * 32,
        parameters=parameters_of(small().protocol),
        secret=scenario.app.vault.seal(ALLOCATION, SECRET),
    )
    scenario.given(of_trial(other, Locked()))
    scenario.when(trial.RevealSecret()).refused("randomization.commitment", Broken)


def test_a_command_id_used_for_something_else_is_a_conflict(scenario: Scenario) -> None:
    first, second = (course("screened", code)[0] for code in ("S1-001", "S1-002"))
    scenario.given(active()).when(first, command_id="one").receipt  # noqa: B018 - raises when refused
    scenario.when(second, command_id="one").conflict("command.other_content")
    death = participant.RecordDeath(participant="S1-001", at=day(0))
    scenario.when(death, command_id="one").conflict("command.other_content")


def test_a_trial_command_does_not_belong_in_the_system_log(scenario: Scenario) -> None:
    scenario.given(active())
    death = participant.RecordDeath(participant="S1-001", at=day(0))
    with pytest.raises(Invalid) as error:
        scenario.app.engine.execute(SYSTEM_LOG, death, person(Role.INVESTIGATOR))
    assert error.value.code == "command.other_log"
    assert scenario.app.reading.head(SYSTEM_LOG)[0] == 0
