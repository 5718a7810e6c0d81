"""From when on a site or a trial was active, put right. The topic is the storage format."""

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.identifiers import SiteId


class ActivationCorrected(Fact):
    """A site, or without one the trial, was active from another time on than was recorded: from the effective
    time of this. `was` is what stood there.
    """

    TOPIC = "trial.activation_corrected.v1"
    EN = "Activation of {what} corrected to {to}, was {was}"
    ZH = "{what_zh} 的启动时间更正为 {to}，原为 {was}"
    site: SiteId | None = None
    to: ClinicalTime
    was: ClinicalTime

    @property
    def what(self) -> str:
        """What was activated, for the sentence."""
        return "the trial" if self.site is None else f"site {self.site}"

    @property
    def what_zh(self) -> str:
        """What was activated, for the sentence in Chinese."""
        return "试验" if self.site is None else f"中心 {self.site}"
