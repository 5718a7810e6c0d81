"""The protocols that come with Trialog: they read, and leave nothing to chance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

import pytest

import protocols
from adapters.files.protocol_file import read_protocol
from domain.endpoint import EndpointKind
from domain.item import Item, UnitForm
from domain.protocol import Protocol
from domain.protocol_document import ProtocolDocument, Standing, differences
from domain.spec import Spec
from domain.visit_plan import Milestone

NAMES = protocols.names()


def bundled(name: str) -> ProtocolDocument:
    return read_protocol(protocols.path_of(name))


def test_both_trials_are_bundled() -> None:
    assert NAMES == ("mayo-pbc", "nct06984497")


@pytest.mark.parametrize("name", ["", "nowhere", "../protocols/mayo-pbc", "mayo-pbc.toml"])
def test_a_name_that_is_no_bundled_protocol_is_refused(name: str) -> None:
    with pytest.raises(LookupError, match="mayo-pbc, nct06984497"):
        protocols.path_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_protocol_reads_and_names_its_sources(name: str) -> None:
    document = bundled(name)
    assert {value.standing for value in document.values} == set(Standing)
    assert all(len(value.source) > 5 for value in document.values)
    assert not list(differences(document, bundled(name)))


def unsaid(part: Spec, path: str) -> Iterator[str]:
    """The paths at which a default of the model decides, other than that a unit's own factor is 1."""
    for name in type(part).model_fields:
        value, where = getattr(part, name), f"{path}.{name}"
        own_factor = isinstance(part, UnitForm) and name == "factor"
        if name not in part.model_fields_set and value not in (None, "", ()) and not own_factor:
            yield where
        for n, each in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(each, Spec):
                yield from unsaid(each, f"{where}.{n}")


@pytest.mark.parametrize("name", NAMES)
def test_no_default_of_the_code_decides_anything_the_file_does_not_say(name: str) -> None:
    assert list(unsaid(bundled(name).protocol, name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_windows_that_count_from_one_anchor_do_not_overlap(name: str) -> None:
    protocol = bundled(name).protocol
    for one, other in combinations(protocol.schedule.visits, 2):
        if protocol.anchor_of(one) is protocol.anchor_of(other):
            first, second = sorted((one, other), key=lambda visit: visit.day)
            assert first.day + first.after < second.day - second.before, (first.id, second.id)


@pytest.mark.parametrize("name", NAMES)
def test_everything_people_read_is_told_in_english_and_chinese(name: str) -> None:
    protocol = bundled(name).protocol
    texts = [protocol.title, protocol.sponsor]
    texts += [site.name for site in protocol.sites] + [arm.name for arm in protocol.arms]
    texts += [panel.name for panel in protocol.panels] + [item.name for item in protocol.items]
    texts += [visit.name for visit in protocol.schedule.visits]
    texts += [grade.name for item in protocol.items for grade in item.grades]
    texts += [criterion.text for criterion in protocol.eligibility.criteria]
    texts += [endpoint.title for endpoint in protocol.endpoints]
    for text in texts:
        assert re.search(r"[\u4e00-\u9fff]", text.told("zh")), text.en


@pytest.mark.parametrize("name", NAMES)
def test_no_unit_is_spelled_with_the_atomic_mass_unit(name: str) -> None:
    spellings = {
        spelling
        for item in bundled(name).protocol.items
        for unit in item.units
        for spelling in (unit.ucum, *unit.aliases)
    }
    assert not {spelling for spelling in spellings if spelling.startswith("u/")}


def item(protocol: Protocol, name: str) -> Item:
    return protocol.item_plans[name]


@pytest.mark.parametrize(
    ("name", "spelling", "factor"),
    [
        ("tbil", "umol/L", "1"),
        ("tbil", "µmol/L", "1"),
        ("tbil", "μmol/L", "1"),
        ("tbil", "mg/dL", "17.1"),
        ("creatinine", "μmol／L", "1"),
        ("creatinine", "mg/dl", "88.4"),
        ("alb", "g/dL", "10"),
        ("alt", "IU/L", "1"),
        ("sodium", "mEq/L", "1"),
        ("pt", "秒", "1"),
    ],
)
def test_a_laboratorys_spelling_is_understood(name: str, spelling: str, factor: str) -> None:
    form = item(bundled("nct06984497").protocol, name).unit(spelling)
    assert form is not None
    assert form.factor == Decimal(factor)


class TestRegisteredTrial:
    """NCT06984497 as the registration has it."""

    document = bundled("nct06984497")
    protocol = document.protocol

    def standing(self, path: str) -> Standing:
        return next(value.standing for value in self.document.values if value.path == path)

    def test_identity_arms_and_size_are_as_registered(self) -> None:
        assert (self.protocol.trial, self.protocol.organisation_id) == ("NCT06984497", "XHNKKY-DRSC")
        assert [arm.route for arm in self.protocol.arms] == ["peripheral_vein", "hepatic_artery"]
        assert (self.protocol.enrolment.target, self.protocol.enrolment.months) == (32, 6)
        assert self.standing("enrolment.target") is Standing.REGISTERED

    def test_visit_days_are_registered_and_windows_assumed(self) -> None:
        days = {visit.id: (visit.before, visit.day, visit.after) for visit in self.protocol.schedule.visits}
        assert days == {
            "baseline": (0, 0, 28),
            "week-4": (7, 28, 7),
            "week-12": (14, 84, 14),
            "week-24": (14, 168, 14),
        }
        assert self.standing("schedule.visits.week-4.day") is Standing.REGISTERED
        assert self.standing("schedule.visits.week-4.before") is Standing.ASSUMED

    def test_days_count_from_the_infusion_and_the_baseline_from_consent(self) -> None:
        plans = self.protocol.visit_plans
        assert self.protocol.anchor_of(plans["baseline"]) is Milestone.CONSENTED
        assert self.protocol.anchor_of(plans["week-24"]) is Milestone.INFUSED

    def test_the_registered_tests_are_one_panel_and_what_scores_need_besides_is_assumed(self) -> None:
        panels = {panel.id: panel.items for panel in self.protocol.panels}
        assert panels["liver"] == ("alt", "ast", "alp", "tbil", "alb", "pt", "inr")
        assert self.standing("panels.liver.items") is Standing.REGISTERED
        assert panels["score_inputs"] == ("creatinine", "sodium")
        assert self.standing("panels.score_inputs.items") is Standing.ASSUMED

    def test_the_four_registered_outcomes_are_there(self) -> None:
        kinds = {endpoint.id: endpoint.kind for endpoint in self.protocol.endpoints}
        assert kinds == {
            "survival": EndpointKind.SURVIVAL,
            "meld_change": EndpointKind.CHANGE,
            "child_pugh_change": EndpointKind.CHANGE,
            "decompensation_incidence": EndpointKind.INCIDENCE,
        }

    def test_criteria_taken_from_sibling_trials_are_assumed(self) -> None:
        for criterion in self.protocol.eligibility.criteria:
            sibling = criterion.id in ("allergy", "otherwise_unsuitable")
            standing = self.standing(f"eligibility.criteria.{criterion.id}.text.en")
            assert standing is (Standing.ASSUMED if sibling else Standing.REGISTERED)


class TestMayoTrial:
    """The Mayo trial as its data set has it."""

    protocol = bundled("mayo-pbc").protocol

    def test_neither_consent_nor_product_is_asked_for(self) -> None:
        assert not self.protocol.consent.required
        assert self.protocol.product is None

    @pytest.mark.parametrize("day", [0, 182, 192, 365, 730, 1096, 5113, 5152])
    def test_a_day_around_a_planned_visit_lies_in_one_window(self, day: int) -> None:
        holding = [
            visit.id
            for visit in self.protocol.schedule.visits
            if visit.day - visit.before <= day <= visit.day + visit.after
        ]
        assert len(holding) == 1

    def test_values_come_to_the_same_own_units_as_in_the_other_trial(self) -> None:
        other = bundled("nct06984497").protocol
        for name in ("tbil", "alb", "alp", "pt"):
            assert item(self.protocol, name).units[0].ucum == item(other, name).units[0].ucum

    def test_historical_ast_units_are_not_turned_into_others(self) -> None:
        assert [unit.ucum for unit in item(self.protocol, "ast").units] == ["U/mL"]
        assert item(self.protocol, "ast").unit("U/L") is None
