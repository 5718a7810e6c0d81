"""When a site and the trial began, put right: what came before departs, and no longer once it did not."""

from __future__ import annotations

from domain.activation import ActivationCorrected
from domain.clinical_time import Instant
from domain.record import Role
from domain.trial import Trial
from projections.as_of import Axis
from projections.deviations import deviations
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, amended, course, day, person, small
from workflows import activation, trial

LATE = [
    trial.ActivateTrial(at=day(1)) if isinstance(each, trial.ActivateTrial) else each for each in active()
]
"""The trial, recorded as active from the day after its first participant came."""


def early(scenario: Scenario) -> list[str]:
    view = scenario.view()
    found = deviations(view, scenario.app.unseal(view.trial, Role.INVESTIGATOR))
    return [each.subject for each in found if each.rule == "site.before_activation"]


def test_an_activation_put_right_ends_what_departed_by_it_and_keeps_what_stood_there(
    scenario: Scenario,
) -> None:
    scenario.on(1).given(LATE, course("baseline"))
    assert early(scenario) == ["consent-1", "baseline"]
    scenario.given(activation.CorrectActivation(at=day(-10)))
    assert early(scenario) == []
    assert scenario.records()[-1].fact == ActivationCorrected(to=day(-10), was=day(1))
    assert [(each.is_explained, each.resolved) for each in replayed(scenario).verdicts] == [(True, True)] * 2
    assert compare(scenario.app.reading, TRIAL)[1] == []


def test_a_site_that_began_later_than_recorded_makes_what_came_before_depart(scenario: Scenario) -> None:
    scenario.given(active(), course("baseline")).on(2)
    assert early(scenario) == []
    scenario.given(activation.CorrectActivation(site="S1", at=day(1)))
    assert early(scenario) == ["screening", "consent-1", "baseline"]
    mirrored = {each.deviation.subject: each.why for each in replayed(scenario).deviations}
    assert mirrored["baseline"] == "no step was refused for it: what makes it a departure came later"


def test_an_activation_is_put_right_with_a_reason_by_the_principal_investigator(scenario: Scenario) -> None:
    scenario.given(active())
    correction = activation.CorrectActivation(site="S1", at=day(-15))
    leader = Role.PRINCIPAL_INVESTIGATOR
    scenario.when(correction, person(leader, reason="")).refused("correction.no_reason")
    scenario.when(correction, person(leader, code="mood")).refused("correction.reason_unlisted")
    scenario.when(correction, person(Role.DATA_MANAGER)).denied()


def stood(scenario: Scenario, number: int) -> Trial:
    """The trial as it stood on a day, clinically."""
    return scenario.view(Instant.of(day(number).earliest), Axis.EFFECTIVE).stood


def began(scenario: Scenario, number: int) -> tuple[str, str, str]:
    """What had begun by a day: the trial's status, and from when on it and the site were active."""
    known = stood(scenario, number)
    site = [str(each.since.at) for each in known.sites.get("S1", ())]
    return str(known.status), str(known.activated and known.activated.at), "".join(site)


def test_a_trial_that_really_began_earlier_or_later_had_begun_by_then_on_the_clinical_axis(
    scenario: Scenario,
) -> None:
    trial_began, site_began = (str(day(number)) for number in (-3, 1))
    scenario.on(2).given(LATE)
    for site, days in ((None, (-10, -3)), ("S1", (-25, 1))):
        for number in days:
            scenario.given(activation.CorrectActivation(site=site, at=day(number)))
    assert began(scenario, -15) == ("adopted", "None", "")
    assert began(scenario, -4) == ("adopted", "None", "")
    assert began(scenario, -2) == ("active", trial_began, "")
    assert began(scenario, 3) == ("active", trial_began, site_began)
    assert stood(scenario, 3) == scenario.view().stood


def test_a_site_follows_no_version_before_it_really_began(scenario: Scenario) -> None:
    scenario.on(2).given(active(), amended(small({"version": "2.0"})))
    scenario.on(9).given(activation.CorrectActivation(site="S1", at=day(5)))
    assert stood(scenario, 4).sites == {}
    assert [each.version for each in stood(scenario, 6).sites["S1"]] == ["1.0", "2.0"]


def test_a_version_that_was_approved_or_followed_before_it_was_adopted_here_was_there(
    scenario: Scenario,
) -> None:
    scenario.on(2).given(active())
    later = small({"version": "2.0"})
    amendment, *following = amended(later)
    followed = [each.model_copy(update={"at": day(-4)}) for each in following]
    unheard, *_ = amended(small({"version": "3.0"}))
    scenario.on(9).given(amendment, followed, unheard)
    assert [stood(scenario, number).newest_version for number in (-31, -29, -5, -3, 10)] == [
        "",
        "1.0",
        "1.0",
        "2.0",
        "3.0",
    ]
    assert stood(scenario, -3).document("2.0").digest == later.digest
    assert [str(stood(scenario, number).status) for number in (-31, -29, -3)] == [
        "planned",
        "adopted",
        "active",
    ]
