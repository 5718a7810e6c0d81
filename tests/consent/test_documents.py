"""Consent stands on the document approved for the site, the language and the day, and on its very bytes."""

from __future__ import annotations

import pytest

from domain.consent_form import FormStatus, offered, status_of
from domain.consent_given import ConsentGiven
from domain.errors import Denied
from domain.record import Role
from projections.consents import consent_rows
from projections.deviations import deviations
from projections.ports import sealed_to_all
from tests.support.people import CRC, PI, House, staffed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, of_participant, small
from tests.workflows.refusals_of_consent import (
    CODE,
    FORM,
    OTHER,
    WITNESSED,
    form,
    signed,
    signed_as,
    taken_back,
)
from workflows import participant
from workflows.command import Command
from workflows.conformance import replay

SCREENED = [*active(), form(), *course("screened")]


def recorded(**fields: object) -> Command:
    known = {"participant": CODE, "at": day(0, "09:00"), "version": "1.0", "language": "zh-CN"}
    return participant.RecordConsent.model_validate(known | fields)


def faults(scenario: Scenario) -> list[tuple[str, str]]:
    """The deviations about consent, each with its detail."""
    found = deviations(scenario.view(), sealed_to_all)
    return [(each.rule, each.detail) for each in found if each.rule.startswith("consent.")]


@pytest.mark.requirement("IC-01")
def test_only_the_newest_approved_document_of_site_and_language_is_offered(scenario: Scenario) -> None:
    scenario.given(active(), form(), form("1.1", -2, sha256=OTHER), form(language="en", sha256=OTHER))
    forms, moment = scenario.view().trial.forms, scenario.clock.moment

    def version(site: str, language: str, on: int = 0) -> str | None:
        found = offered(forms, site, language, day(on, "12:00").earliest)
        return None if found is None else found.version

    assert (version("S1", "zh-CN"), version("S1", "en"), version("S1", "de")) == ("1.1", "1.0", None)
    assert (version("S2", "zh-CN"), version("S1", "zh-CN", -3), version("S1", "zh-CN", -21)) == (
        None,
        "1.0",
        None,
    )
    assert [status_of(forms, each, moment) for each in forms] == [
        FormStatus.SUPERSEDED,
        FormStatus.OFFERED,
        FormStatus.OFFERED,
    ]


def test_what_a_newer_document_superseded_does_not_come_back_when_that_is_withdrawn(
    scenario: Scenario,
) -> None:
    scenario.given(active(), form(), form("1.1", -2, sha256=OTHER), taken_back(version="1.1"))
    forms = scenario.view().trial.forms
    assert offered(forms, "S1", "zh-CN", scenario.clock.moment) is None
    assert [status_of(forms, each, scenario.clock.moment) for each in forms] == ["superseded", "withdrawn"]


@pytest.mark.requirement("IC-06")
def test_a_consent_given_here_bears_the_time_of_the_server_and_the_hash_of_what_was_signed(
    scenario: Scenario,
) -> None:
    scenario.given(SCREENED, signed_as()).when(signed())
    (record,) = [each for each in scenario.records() if isinstance(each.fact, ConsentGiven)]
    assert isinstance(record.fact, ConsentGiven)
    assert record.effective_at.earliest == scenario.clock.moment.replace(microsecond=0)
    assert (record.fact.document, record.fact.electronic) == (FORM, True)
    assert record.fact.signed[-1] == ("investigator", record.effective_at)
    assert faults(scenario) == []


@pytest.mark.requirement("IC-03", "IC-06")
def test_each_party_of_an_electronic_consent_signs_by_itself_at_its_own_instant_shown_by_its_own_means(
    scenario: Scenario,
) -> None:
    scenario.given(WITNESSED)
    scenario.when(signed_as("witness", method="fingerprint")).receipt  # noqa: B018 - raises when refused
    scenario.clock.advance(minutes=9)
    scenario.when(signed_as()).receipt  # noqa: B018
    known = scenario.view().participants()[CODE]
    assert ([each.party for each in known.signing], known.consents) == (["witness", "participant"], ())
    scenario.when(participant.SignEligibility(participant=CODE)).refused("procedure.before_consent")
    scenario.clock.advance(minutes=9)
    scenario.when(signed()).receipt  # noqa: B018
    (row,) = consent_rows(scenario.view().trial, scenario.view().participants()[CODE])
    assert [(party, method) for party, _, method in row.signed] == [
        ("witness", "fingerprint"),
        ("participant", "handwritten"),
        ("investigator", "unauthenticated"),
    ]
    assert len({at for _, at, _ in row.signed}) == 3
    assert (row.lacking, scenario.view().participants()[CODE].signing) == ((), ())
    assert faults(scenario) == []
    entries = list(scenario.app.reading.entries(TRIAL))
    assert list(replay(TRIAL, entries, sealed_to_all)) == []


@pytest.mark.requirement("IC-03", "ES-05")
def test_who_obtains_consent_authenticates_anew_for_the_signature_and_the_consent_says_how(
    scenario: Scenario,
) -> None:
    house: House = staffed(scenario)
    house.do(PI, Role.PRINCIPAL_INVESTIGATOR, form())
    for command in (*course("screened"), signed_as()):
        house.do(CRC, Role.COORDINATOR, command)
    house.wait()
    with pytest.raises(Denied) as error:
        house.app.engine.execute(TRIAL, signed(), house.by(CRC, Role.COORDINATOR))
    assert error.value.code == "signature.not_authenticated"
    house.do(CRC, Role.COORDINATOR, signed())
    (given,) = scenario.view().participants()[CODE].consents
    assert dict(given.methods) == {"participant": "handwritten", "investigator": "signed: password+totp"}


@pytest.mark.requirement("IC-06")
def test_a_replay_finds_an_electronic_consent_that_a_party_did_not_sign_for(scenario: Scenario) -> None:
    at = day(0, "11:00")
    told = {"version": "1.0", "language": "zh-CN", "document": FORM, "copy_given": True, "electronic": True}
    forged = ConsentGiven.model_validate(
        {
            **told,
            "parties": ("participant", "investigator"),
            "signed": (("participant", at), ("investigator", at)),
            "methods": (("participant", "handwritten"), ("investigator", "unauthenticated")),
        }
    )
    scenario.given(SCREENED, of_participant(forged, when=at))
    entries = list(scenario.app.reading.entries(TRIAL))
    assert "consent.party_unsigned" in [each.rule.code for each in replay(TRIAL, entries, sealed_to_all)]


@pytest.mark.requirement("IC-01", "IC-06")
@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"document": OTHER}, "version 1.0 (zh-CN): changed"),
        ({"language": "en"}, "version 1.0 (en): unapproved"),
        ({"at": day(0, "18:00"), "document": FORM}, "version 1.0 (zh-CN): superseded"),
    ],
)
def test_a_consent_that_was_given_on_another_document_is_recorded_and_deviates(
    scenario: Scenario, fields: dict[str, object], detail: str
) -> None:
    newer = form("1.1", 0, sha256=OTHER, valid_from=day(0, "17:00"))
    scenario.given(SCREENED, newer, recorded(**fields))
    assert ("consent.unapproved_document", detail) in faults(scenario)
    assert len(scenario.view().participants()[CODE].consents) == 1


def test_a_site_without_a_registry_yet_has_no_document_to_deviate_from(scenario: Scenario) -> None:
    scenario.given(active(), form(on=1), course("screened"), recorded(document=OTHER))
    assert faults(scenario) == []


def test_a_day_on_which_the_document_changed_is_read_to_the_good_of_the_site(scenario: Scenario) -> None:
    newer = form("1.1", 0, sha256=OTHER, valid_from=day(0, "17:00"))
    scenario.given(SCREENED, newer, recorded(at=day(0)))
    assert faults(scenario) == []


@pytest.mark.requirement("IC-06")
def test_a_consent_on_changed_bytes_is_void_and_opens_no_door(scenario: Scenario) -> None:
    scenario.given(SCREENED, recorded(document=OTHER), course("answered")[2:])
    (row,) = consent_rows(scenario.view().trial, scenario.view().participants()[CODE])
    assert (row.fault, row.lacking) == ("changed", ("approved document",))
    scenario.when(participant.SignEligibility(participant=CODE)).refused("consent.incomplete")


@pytest.mark.requirement("IC-03")
def test_each_party_signs_with_a_date_of_its_own_and_one_who_has_not_yet_leaves_it_incomplete(
    scenario: Scenario,
) -> None:
    parties = {"consent.parties": ("participant", "investigator", "witness")}
    lacking = recorded(signed={"participant": day(0, "09:00"), "investigator": day(0, "09:30")})
    scenario.given(active(small(parties)), course("screened"), lacking, course("answered")[2:])
    (row,) = consent_rows(scenario.view().trial, scenario.view().participants()[CODE])
    assert (row.lacking, [party for party, *_ in row.signed]) == (
        ("witness",),
        ["participant", "investigator"],
    )
    assert faults(scenario) == [("consent.incomplete", "without witness")]
    scenario.when(participant.SignEligibility(participant=CODE)).refused("consent.incomplete")


@pytest.mark.requirement("IC-03")
def test_randomization_waits_for_the_party_that_signed_last(scenario: Scenario) -> None:
    late = recorded(signed={"participant": day(0, "09:00"), "investigator": day(0, "15:00")})
    scenario.given(active(), course("screened")).on(0, "16:00").given(late, course("answered")[2:])
    early = participant.SignEligibility(participant=CODE, at=day(0, "14:00"))
    scenario.when(early).refused("consent.incomplete")
    scenario.given(participant.SignEligibility(participant=CODE, at=day(0, "15:30")))


def test_a_document_approved_for_a_protocol_version_admits_to_it(scenario: Scenario) -> None:
    scenario.given(active(), form("1.7", sha256=OTHER), course("screened"), recorded(version="1.7"))
    assert faults(scenario) == []
    scenario.given(course("eligible")[2:])
