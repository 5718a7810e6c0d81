"""One policy for commands and questions: default deny, complete, and the same at every door."""

from __future__ import annotations

import pytest

from adapters.cli.commands import ASKED
from domain.errors import Denied
from domain.record import Role
from tests.cli.terminal import Terminal
from tests.support.trial import person
from trialog.command_line import whole_command_line
from workflows.command import COMMANDS
from workflows.policy import PERMITTED, QUESTIONS, authorise, authorise_question

READERS = (Role.SPONSOR, Role.DSMB, Role.INSPECTOR)


@pytest.mark.requirement("ID-02")
def test_every_question_of_the_command_line_is_in_the_policy_and_no_question_is_left_over() -> None:
    whole_command_line()
    assert set(QUESTIONS) == ASKED
    assert all(QUESTIONS.values())


@pytest.mark.requirement("ID-02")
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_asked_by_the_roles_of_the_policy_and_by_no_other(question: str) -> None:
    for role in Role:
        if role in QUESTIONS[question]:
            authorise_question(question, role)
        else:
            with pytest.raises(Denied, match=question):
                authorise_question(question, role)


@pytest.mark.requirement("ID-02")
@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_is_issued_by_the_roles_of_the_policy_and_by_no_other(kind: str) -> None:
    command = COMMANDS[kind].model_construct()
    for role in Role:
        if role in PERMITTED[type(command)]:
            authorise(command, person(role))
        else:
            with pytest.raises(Denied, match=kind):
                authorise(command, person(role))


def test_what_the_policy_does_not_name_nobody_may_ask() -> None:
    for role in Role:
        with pytest.raises(Denied, match="permitted: nobody"):
            authorise_question("participant.unheard_of", role)


@pytest.mark.requirement("ID-10")
@pytest.mark.parametrize("role", READERS)
def test_those_who_only_read_may_ask_about_everyone_and_enter_no_data(role: Role) -> None:
    commands = [kind.KIND for kind, roles in PERMITTED.items() if role in roles]
    # That they exported or looked is the trail's own word, not theirs; an alert is no trial data, and a
    # proposal changes none.
    others = {"alert.acknowledge"} if role is not Role.INSPECTOR else set()
    proposes = {"correction.propose"} if role is Role.SPONSOR else set()
    assert set(commands) == {"export.record", "allocation.view"} | others | proposes
    asked = {question for question, roles in QUESTIONS.items() if role in roles}
    assert {"participant.list", "participant.history", "deviation.list", "replay"} <= asked


def test_a_question_is_refused_at_the_command_line_with_the_roles_that_may(enrolled_once: Terminal) -> None:
    fault = enrolled_once.fault("result", "list", "--role", "cell_laboratory")
    assert (fault["exit"], fault["code"]) == (7, "policy.denied")
    assert "coordinator" in fault["rule"]
