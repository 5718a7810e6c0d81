"""The pages that follow from the code are what the code says now."""

import pytest

from docs.generate import HERE, PAGES
from domain.fact import FACTS
from projections.deviations import RULES as DEVIATIONS
from workflows.machines import MACHINES
from workflows.rules import RULES


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    written = (HERE / name).read_text("utf-8")
    assert written == PAGES[name](), "run: python -m docs.generate"


def test_every_fact_rule_deviation_and_machine_is_documented() -> None:
    facts, rules, machines = (PAGES[name]() for name in ("facts.md", "rules.md", "machines.md"))
    assert [topic for topic in FACTS.topics() if f"`{topic}`" not in facts] == []
    assert [code for code in (*RULES, *DEVIATIONS) if f"`{code}`" not in rules] == []
    assert machines.count("```mermaid") == len(MACHINES)


@pytest.mark.parametrize("name", PAGES)
def test_a_table_has_as_many_cells_in_every_row(name: str) -> None:
    rows = [line.replace("\\|", "") for line in PAGES[name]().splitlines() if line.startswith("|")]
    width = 0
    for number, row in enumerate(rows):
        if number + 1 < len(rows) and rows[number + 1].startswith("|---"):
            width = row.count("|")
        assert row.count("|") == width
