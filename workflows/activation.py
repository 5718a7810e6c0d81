"""From when on a site or the trial was active, put right: what came before shows as a deviation."""

from domain.activation import ActivationCorrected
from domain.clinical_time import ClinicalTime
from domain.errors import Refused
from domain.happened import Happened
from domain.identifiers import SiteId
from domain.record import NewFact
from domain.trial import Trial
from workflows.command import Untimed
from workflows.reasons import justified
from workflows.situation import Situation, decides
from workflows.trial_machine import MACHINE, TrialCursor


class CorrectActivation(Untimed):
    """A site, or without one the trial, was active from `at` on, and not from when was recorded."""

    KIND = "trial.correct_activation"
    at: ClinicalTime
    site: SiteId | None = None


def began(trial: Trial, site: str | None) -> Happened | None:
    """When a site, or without one the trial, became active as is recorded; None for one that is not."""
    followed = trial.sites.get(site, ()) if site is not None else ()
    return trial.activated if site is None else followed[0].since if followed else None


def begun_under(trial: Trial, site: str | None) -> str:
    """The protocol version under which a site, or without one the trial, began."""
    followed = trial.sites.get(site, ()) if site is not None else ()
    return followed[0].version if followed else trial.versions[0].version if trial.versions else ""


@decides(CorrectActivation)
def correct_activation(command: CorrectActivation, situation: Situation) -> list[NewFact]:
    trial, where = situation.trial, f"site {command.site}" if command.site else "trial"
    at = situation.said(command.at, situation.home_zone)
    cursor = TrialCursor(trial, begun_under(trial, command.site), at=at)
    MACHINE.move("correct_activation", cursor, where)
    known = began(trial, command.site)
    if known is None:
        raise Refused("site.not_active", "the site is not active", where=where)
    justified(situation.by, trial.protocol, where)
    if known.at == at:
        raise Refused("trial.activation_same", f"it is recorded as active from {at} on already", where=where)
    return situation.trial_facts(at, ActivationCorrected(site=command.site, to=at, was=known.at))
