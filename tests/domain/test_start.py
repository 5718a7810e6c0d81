"""A command starts quickly: hundreds of classes that it never uses are not made ready for it."""

from __future__ import annotations

import subprocess
import sys

from domain.fact import FACTS
from workflows.command import COMMANDS


def test_annotations_of_facts_and_commands_are_no_texts_that_each_start_compiles_anew() -> None:
    modules = {cls.__module__ for cls in (*FACTS.topics().values(), *COMMANDS.values())}
    assert sorted(each for each in modules if hasattr(sys.modules[each], "annotations")) == []


ASKED = """
from domain.fact import FACTS
import domain.casebook, workflows.policy
from workflows.command import COMMANDS
declared = [*FACTS.topics().values(), *COMMANDS.values()]
print(len(declared), [each.__name__ for each in declared if each.__pydantic_complete__])
"""


def test_a_class_is_made_ready_when_it_is_used_not_when_it_is_declared() -> None:
    told = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True).stdout
    number, _, ready = told.partition(" ")
    assert (int(number) > 300, ready.strip()) == (True, "[]")
