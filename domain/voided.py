"""What was recorded of a participant's course in error, taken back. The topic is the storage format."""

from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.consent_given import Scope
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import VersionLabel
from domain.words import in_chinese

CourseEvent = Annotated[
    str,
    StringConstraints(
        pattern=r"^(consent|withdrawal|screen_failure|loss|transplant|death|completion|end_of_follow_up)$"
    ),
]
"""What can be recorded of a course in error; which consent or withdrawal, its version or scope says."""

RECORDS: dict[str, str] = {
    "screening": "registration",
    "consent": "consent",
    "withdrawal": "consent",
    "screen_failure": "eligibility",
    **dict.fromkeys(("loss", "transplant", "death", "completion", "end_of_follow_up"), "course"),
}
"""The record of the casebook that each belongs to."""


class EventVoided(Fact):
    """An event that was recorded did not happen, or not so: this stands at the time `was` that was recorded.
    What happened in its place follows in the same command.
    """

    TOPIC = "participant.event_voided.v1"
    EN = "Voided as recorded in error: {what}, {was}"
    ZH = "误录作废：{what_zh}，{was}"
    PUTS_RIGHT = "voided"
    record: Annotated[str, StringConstraints(pattern=r"^(consent|eligibility|course)$")]
    event: CourseEvent
    version: VersionLabel | None = None
    scope: Scope | None = None
    was: ClinicalTime

    @property
    def what(self) -> str:
        """What is voided, for the sentence."""
        which = f" on version {self.version}" if self.version else f" for {self.scope}" if self.scope else ""
        return f"{self.event.replace('_', ' ')}{which}"

    @property
    def what_zh(self) -> str:
        """What is voided, for the sentence in Chinese."""
        which = f"（版本 {self.version}）" if self.version else ""
        of = f"（范围：{in_chinese(self.scope)}）" if self.scope else ""
        return f"{in_chinese(self.event)}{which}{of}"


class Voided(NamedTuple):
    """An event taken back: which, when it was recorded to have been, and by which fact it was voided. A
    screening is put right and never taken back; of it `which` is what else stood there.
    """

    event: str
    which: str
    was: ClinicalTime
    by: Happened
    number: int = 0
    """Which consent it was; 0 for other events."""
