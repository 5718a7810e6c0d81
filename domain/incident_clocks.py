"""The clocks of incidents: by when somebody must be told, from when the trial became aware.

A serious breach: calendar days to the authority, the last one to its end (EU 536/2014 Art. 52: seven). An
incident that reaches personal data: hours to the authority for data protection (GDPR Art. 33: seventy-two). A
clock runs from the awareness whenever the incident is judged so: taking one's time with it gains none. One
that began is never taken away: judged otherwise later, it stands as ended, and a breach of it stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain.clinical_time import Instant
from domain.incident import Incident
from domain.safety_clocks import Clock, clock_after, end_of_day, standing_of
from domain.safety_rules import SafetyRules


def incident_clocks(incident: Incident, rules: SafetyRules) -> tuple[Clock, ...]:
    """Every clock of an incident: `serious_breach` and `personal_data`, where it was ever judged so."""
    return tuple(_clocks(incident, rules))


def _clocks(incident: Incident, rules: SafetyRules) -> Iterator[Clock]:
    if any(word.serious for word in incident.judged):
        due = end_of_day(incident.aware.at, rules.breach_days)
        alert = Instant.of(due.moment - timedelta(days=1))
        standing = standing_of(incident.judged, lambda word: word.serious)
        yield Clock("serious_breach", incident.aware, alert, due, incident.told("authority"), *standing)
    if any(word.personal_data for word in incident.judged):
        hours = (max(1, rules.incident_hours * 2 // 3), rules.incident_hours)
        met = incident.told("data_protection")
        standing = standing_of(incident.judged, lambda word: word.personal_data)
        yield clock_after("personal_data", incident.aware, hours, met, standing)
