"""What may leave the trial for a purpose, by what a participant has granted and taken back."""

from __future__ import annotations

from domain.consent import Purpose
from domain.participant import Participant
from domain.trial import Trial


def kept_back(participant: Participant, purpose: Purpose) -> str | None:
    """Why a participant's data may not leave for a purpose, in words; None when they may: granted by the
    newest consent, and not withdrawn. For the trial's own evaluation what was lawfully collected stays usable
    after a withdrawal.
    """
    if not participant.consents:
        return "no consent"
    if purpose is Purpose.TRIAL:
        return None
    newest = max(participant.consents, key=lambda given: given.when.at.earliest)
    if purpose not in newest.granted:
        return f"{purpose.replace('_', ' ')} not granted"
    scope = "future_use" if purpose is Purpose.FUTURE_USE else "all"
    return None if participant.withdrawn(scope) is None else f"{purpose.replace('_', ' ')} withdrawn"


def abroad(country: str, trial: Trial) -> bool:
    """Whether a country is another than one in which a site's data and samples are kept."""
    sites = trial.protocol.sites if country and trial.versions else ()
    return any(site.residency not in ("", country) for site in sites)
