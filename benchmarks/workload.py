"""A liver trial as a workload: per participant 7 actions and 43 attributable changes, 5 % of it corrected.

Enrolment with consent, randomization, infusion, four visits with nine laboratory values and two grades each.
What one participant does depends on the seed and the number alone, so every implementation and every run
sees the same actions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

SEED = 6984497
FIRST_DAY = date(2024, 1, 8)
VISITS = (("baseline", 0), ("week-4", 28), ("week-12", 84), ("week-24", 168))
ITEMS = {
    "alt": ("U/L", 48, 18, 0),
    "ast": ("U/L", 61, 22, 0),
    "alp": ("U/L", 132, 40, 0),
    "tbil": ("umol/L", 42, 20, 1),
    "alb": ("g/L", 31, 5, 1),
    "pt": ("s", 16, 2, 1),
    "inr": ("{INR}", 2, 0.25, 2),
    "creatinine": ("umol/L", 88, 25, 0),
    "sodium": ("mmol/L", 136, 4, 0),
}
CORRECTED = 0.05


class Action(NamedTuple):
    """One thing a person does: one durable transaction."""

    kind: str
    participant: int
    actor: str
    reason: str
    day: date
    data: dict[str, Any]


def actions_of(number: int) -> Iterator[Action]:
    """What is done about one participant, in order."""
    random = Random(f"{SEED}/{number}")
    start = FIRST_DAY + timedelta(days=random.randrange(365))

    def action(kind: str, actor: str, reason: str, offset: int, **data: Any) -> Action:
        return Action(kind, number, actor, reason, start + timedelta(days=offset), data)

    yield action(
        "enrol", "inv", "informed consent signed", -14, sex=random.choice(("female", "male")), age=55
    )
    yield action("randomize", "inv", "eligibility confirmed", -1, arm=random.choice(("vein", "artery")))
    yield action("infuse", "op", "protocol treatment", 0, volume=str(random.randint(40, 60)))
    for visit, offset in VISITS:
        values = {item: _value(random, item) for item in ITEMS}
        grades = {
            "ascites": random.choice(("none", "mild")),
            "encephalopathy": random.choice(("grade-0", "grade-1")),
        }
        yield action("visit", "crc", f"visit {visit}", offset, visit=visit, values=values, grades=grades)
        for item in ITEMS:
            if random.random() < CORRECTED:
                right = f"{float(values[item]) + 1:.2f}"
                yield action(
                    "correct", "crc", "transcription error", offset + 5, visit=visit, item=item, value=right
                )


def _value(random: Random, item: str) -> str:
    _, mean, deviation, places = ITEMS[item]
    return f"{max(1.0, random.gauss(mean, deviation)):.{places}f}"


def changes(action: Action) -> int:
    """How many attributable changes an action makes: one, or a visit with its nine values."""
    return 1 + len(action.data["values"]) if action.kind == "visit" else 1


def stream(first: int, count: int) -> list[Action]:
    """The actions of some participants in the order of their days."""
    return sorted(
        (action for number in range(first, first + count) for action in actions_of(number)),
        key=lambda action: (action.day, action.participant),
    )
