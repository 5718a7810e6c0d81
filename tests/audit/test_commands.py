"""The auditor's questions on the command line: what they write, and that it tells no arm."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from tests.audit.course import ARMS, SWAPPED, played, terminal
from tests.cli.terminal import PROTOCOL, Terminal

QUESTIONS = {
    "compare": ("compare", "8", "interim"),
    "compare, effective": ("compare", "2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z", "--axis", "effective"),
    "history": ("history", "S1-003"),
    "trail": ("trail",),
    "trail in Chinese": ("trail", "--language", "zh"),
    "trail as CSV": ("trail", "--csv"),
    "trail after sign-off": ("trail", "--after-sign-off"),
    "cuts": ("cuts",),
    "conformance": ("conformance",),
    "review": ("review", "--weekends", "--monitoring", "2026-03-04"),
    "what-if": ("what-if", str(PROTOCOL)),
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Terminal, Terminal]:
    """Two trials that differ in nothing but who was allocated to which arm."""
    folder = tmp_path_factory.mktemp("arms")
    scenarios = [played(folder / name, arms) for name, arms in (("one", ARMS), ("other", SWAPPED))]
    for scenario in scenarios:
        scenario.close()
    one, other = map(terminal, scenarios)
    return one, other


@pytest.fixture
def one(both: tuple[Terminal, Terminal]) -> Iterator[Terminal]:
    """The first of the two; afterwards its clock tells the same time as the other's again."""
    first, _ = both
    moment = first.clock.moment
    yield first
    first.clock.moment = moment


def told(at: Terminal, words: tuple[str, ...], role: str) -> str:
    """What somebody in that role is told, errors included; the clock stands still."""
    at.clock.advance(minutes=-1)
    result = at.run("audit", *words, "--role", role)
    return f"{result.exit_code}\n{result.stdout}\n{result.stderr}"


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["as text", "as JSON"])
@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.requirement("ID-08")
def test_a_masked_role_is_told_the_same_to_the_byte_whatever_the_arms_are(
    both: tuple[Terminal, Terminal], name: str, form: tuple[str, ...]
) -> None:
    words = QUESTIONS[name] if "--csv" in QUESTIONS[name] else (*QUESTIONS[name], *form)
    role = "masked_statistician" if name == "review" else "outcome_assessor"
    first, second = (told(each, words, role) for each in both)
    assert first == second
    assert first.startswith(("0", "3"))
    # Protocols are no secret: where one is compared with another, they name their arms.
    for secret in () if name == "what-if" else ("vein", "artery"):
        assert secret not in first


@pytest.mark.parametrize("name", ["compare", "history"])
def test_those_entitled_see_what_was_sealed(both: tuple[Terminal, Terminal], name: str) -> None:
    first, second = (told(each, QUESTIONS[name], "monitor") for each in both)
    assert first != second
    assert "by-artery" in first


def test_a_comparison_reads_as_what_changed_who_changed_it_and_why(one: Terminal) -> None:
    words = ("audit", "compare", "interim", str(one.head), "--participant", "S1-001")
    [row] = one.data(*words)["rows"]
    assert (row["about"], row["model"], row["field"]) == ("S1-001", "results", "baseline/alt")
    assert (row["words"], row["old"], row["new"]) == ("Baseline: ALT", "40 U/L", "41 U/L (corrected)")
    [fact] = row["facts"]
    assert (fact["actor"], fact["role"], fact["reason"]) == (
        "coordinator",
        "coordinator",
        "transcription: typing error",
    )
    assert fact["sentence"] == "baseline: alt corrected from 40 U/L to 41 U/L"
    assert "Baseline: ALT  40 U/L  41 U/L (corrected)" in one.do(*words)


def test_a_day_is_compared_from_its_beginning_to_its_end_at_the_first_site(one: Terminal) -> None:
    day = one.data("audit", "compare", "2026-03-30", "2026-03-30")
    assert (day["from"]["as_of"], day["to"]["as_of"]) == (
        "2026-03-29T16:00:00.000000Z",
        "2026-03-30T15:59:59.999999Z",
    )
    assert day["rows"]
    assert one.fault("audit", "compare", "2026-03-31", "2026-03-29")["code"] == "compare.order"
    assert one.data("audit", "trail", "--as-of", "2026-03-30")["as_of"] == day["to"]["as_of"]


def test_a_comparison_is_narrowed_to_read_models(one: Terminal) -> None:
    rows = one.data("audit", "compare", "interim", str(one.head), "--model", "visit")["rows"]
    assert [(row["about"], row["field"]) for row in rows] == [("S1-002", "week-4/attended")]
    assert one.do("audit", "compare", "interim", "interim") == "nothing differs\n"
    assert one.fault("audit", "compare", "1", "2", "--model", "hair")["code"] == "usage.model"
    assert one.fault("audit", "compare", "2", "1")["code"] == "compare.order"
    clinical = ("audit", "compare", "interim", str(one.head), "--axis", "effective")
    fields = {row["field"] for row in one.data(*clinical)["rows"]}
    assert {"week-4/attended", "baseline/alt", "cuts/interim"} <= fields


@pytest.mark.requirement("AT-08")
def test_the_trail_as_csv_holds_every_field_of_every_fact(one: Terminal) -> None:
    rows = list(csv.DictReader(io.StringIO(one.do("audit", "trail", "--csv"))))
    data = one.data("audit", "trail")["rows"]
    assert len(rows) == one.head
    assert [list(row) for row in rows[:1]] == [list(row) for row in data[:1]]
    assert [row["sentence"] for row in rows] == [row["sentence"] for row in data]


def test_the_trail_as_text_is_one_line_a_fact_and_keeps_its_columns(one: Terminal) -> None:
    heading, *lines = one.do("audit", "trail", "--kind", "infusion").splitlines()
    assert heading.split()[:2] == ["position", "recorded"]
    assert len(lines) == 3
    place = heading.index("sentence")
    assert all(line[place:].startswith("Infusion 1 reported as given") for line in lines)


def test_the_trail_takes_days_and_instants_and_refuses_what_is_neither(one: Terminal) -> None:
    def count(*words: str) -> int:
        rows = one.data("audit", "trail", *words)["rows"]
        return sum(row["topic"] != "allocation.viewed.v1" for row in rows)  # looks of the tests before

    looks = len(one.data("unblinding", "views", "--as-of", str(one.head))["rows"])
    assert count("--from", "2026-03-30", "--to", "2026-03-30") == 2
    assert count("--from", "2026-03-31") == 2
    assert count("--to", "2026-03-30T04:00:00Z") == one.head - 4 - looks
    assert count("--late", "--participant", "S1-002") == 1
    assert count("--late-after", "12d", "--participant", "S1-002") == 0
    assert count("--effective-from", "2026-04") == 1
    for words, code in (
        (("--late-after", "soon"), "usage.span"),
        (("--from", "yesterday"), "time.form"),
        (("--from", "2026"), "usage.day"),
        (("--kind", "hair"), "usage.topic"),
        (("--origin", "heaven"), "usage.origin"),
        (("--actor-role", "cook"), "usage.role"),
        (("--participant", "S1-999"), "participant.unknown"),
        (("--actor", "nobody"), "account.unknown"),
        (("--actor", "coordinator", "--actor", "nobody"), "account.unknown"),
    ):
        assert one.fault("audit", "trail", *words)["code"] == code


def test_a_data_cut_is_listed_and_its_root_has_a_place(one: Terminal) -> None:
    [row] = one.data("audit", "cuts")["rows"]
    assert (row["name"], row["position"], row["root"]) == ("interim", row["fact"] - 1, None)
    assert row["named_at"] > row["instant"]
