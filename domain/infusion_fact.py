"""What the facts of an infusion have in common."""

from typing import Annotated, ClassVar

from pydantic import Field

from domain.fact import Fact

Number = Annotated[int, Field(ge=1, le=100)]
"""Which infusion of a participant, from 1."""


class InfusionFact(Fact):
    """A fact about the n-th infusion of a participant."""

    STEP: ClassVar[str] = ""
    """The step at whose time such a fact stands, of those whose time is counted from or judged by."""

    infusion: Number = 1
