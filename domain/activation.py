"""From when on a site and a trial are active, and that put right. The topics are the storage format."""

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.identifiers import SiteId, VersionLabel


class SiteActivated(Fact):
    """A site may begin, under a protocol version, from its effective time on."""

    TOPIC = "trial.site_activated.v1"
    EN = "Site {site} activated under protocol version {version}"
    ZH = "中心 {site} 按方案版本 {version} 启动"
    site: SiteId
    version: VersionLabel


class Activated(Fact):
    """The trial is active, from its effective time on."""

    TOPIC = "trial.activated.v1"
    EN = "Trial activated"
    ZH = "试验启动"


class ActivationCorrected(Fact):
    """A site, or without one the trial, was active from another time on than was recorded: from the effective
    time of this. `was` is what stood there.
    """

    TOPIC = "trial.activation_corrected.v1"
    EN = "Activation of {what} corrected to {to}, was {was}"
    ZH = "{what_zh} 的启动时间更正为 {to}，原为 {was}"
    PUTS_RIGHT = "corrected"
    site: SiteId | None = None
    to: ClinicalTime
    was: ClinicalTime

    @property
    def at(self) -> ClinicalTime:
        """The time that is right."""
        return self.to

    def moves(self, fact: Fact) -> bool:
        """Whether a fact of the trial that stands at the wrong time is the activation, or puts it right."""
        if isinstance(fact, SiteActivated | ActivationCorrected):
            return fact.site == self.site
        return isinstance(fact, Activated) and self.site is None

    @property
    def what(self) -> str:
        """What was activated, for the sentence."""
        return "the trial" if self.site is None else f"site {self.site}"

    @property
    def what_zh(self) -> str:
        """What was activated, for the sentence in Chinese."""
        return "试验" if self.site is None else f"中心 {self.site}"
