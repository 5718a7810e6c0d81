"""The outcomes of a trial as its protocol states them, and how their open points are settled."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from domain.identifiers import Key
from domain.spec import Spec, Text, unique


class EndpointKind(StrEnum):
    """What an endpoint counts."""

    SURVIVAL = "survival"
    CHANGE = "change"
    INCIDENCE = "incidence"


DECOMPENSATION = "decompensation"
"""The measure of an incidence: that one of the protocol's signs of decompensation came."""


class Endpoint(Spec):
    """An outcome of the trial and how its open points are settled.

    `measure` is the formula or item a change is taken of, and `decompensation` for an incidence.
    `horizon_days` is how long survival is followed, None for all there is. `transplant` says what a liver
    transplantation means for the participant: still alive, an event, the end of observation (censored), or a
    state after which nothing is counted (terminal). `denominator` names the participants an incidence is
    counted among first: those `free_at_baseline`, `all`, or those `assessed` at the visit. The other two are
    told beside it.
    """

    id: Key
    title: Text
    kind: EndpointKind
    measure: str = ""
    visits: tuple[Key, ...] = ()
    horizon_days: Annotated[int, Field(ge=1)] | None = None
    transplant: Annotated[str, StringConstraints(pattern=r"^(alive|event|censored|terminal)$")] = "alive"
    denominator: Annotated[str, StringConstraints(pattern=r"^(|free_at_baseline|all|assessed)$")] = ""

    @model_validator(mode="after")
    def _settled(self) -> Self:
        unique("visits", list(self.visits))
        if self.kind is not EndpointKind.SURVIVAL and not (self.measure and self.visits):
            raise ValueError(f"an endpoint of kind {self.kind.value} names its measure and its visits")
        if self.kind is EndpointKind.INCIDENCE and not self.denominator:
            raise ValueError("an incidence names its denominator")
        return self
