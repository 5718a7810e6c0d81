"""How a protocol has consent given: its forms and parties, what may be withdrawn, and when it is renewed."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.identifiers import Key, Language, VersionLabel
from domain.spec import Spec, unique

PARTICIPANTS_SIDE = frozenset({"participant", "representative", "witness"})
"""Parties who hold no account: nobody who does signs in their place."""
PARTIES = ("participant", "representative", "witness", "investigator")
"""Who may be a party to any consent, whether the protocol demands it or not."""


class ConsentVersion(Spec):
    """A version of the consent form in one language."""

    version: VersionLabel
    language: Language


class RenewalHold(StrEnum):
    """What a renewed consent that is due holds back until it is given."""

    NOTHING = "nothing"
    OVERDUE = "overdue"
    DUE = "due"


class Consent(Spec):
    """Which consent forms admit to this protocol version, and whether earlier ones must be renewed.

    A renewed consent is to be given within `renewal_days` of its being due. `renewal_hold` says when the next
    procedure waits for it: once it is overdue, as soon as it is due, or never. Who comes of age (`legal_age`
    in years) is asked for a consent of their own.
    """

    required: bool
    parties: tuple[Key, ...] = ("participant", "investigator")
    versions: tuple[ConsentVersion, ...] = ()
    reconsent: bool = False
    scopes: tuple[Key, ...] = ("treatment", "visits", "samples", "future_use", "all")
    renewal_days: Annotated[int, Field(ge=0, le=3650)] = 14
    renewal_hold: RenewalHold = RenewalHold.NOTHING
    legal_age: Annotated[int, Field(ge=1, le=30)] | None = None

    @model_validator(mode="after")
    def _a_form_where_one_is_needed(self) -> Self:
        if self.required and not self.versions:
            raise ValueError("versions: consent is required, so a version must be named")
        unique("versions", [f"{each.version} ({each.language})" for each in self.versions])
        unique("parties", list(self.parties))
        unique("scopes", list(self.scopes))
        return self

    @property
    def known_parties(self) -> tuple[str, ...]:
        """Who may be a party to a consent: those of any consent, and whom the protocol names besides."""
        return tuple(dict.fromkeys((*PARTIES, *self.parties)))

    def accepts(self, version: str) -> bool:
        """Whether a consent form of this version admits to the protocol version."""
        return any(each.version == version for each in self.versions)
