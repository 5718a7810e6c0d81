"""On which terms data leave: for which uses, under which permit, to which country."""

from __future__ import annotations

from typing import NamedTuple

from domain.consent import Purpose


class Terms(NamedTuple):
    """For which uses beside the trial's own, under which permit, and to which country (ISO 3166) data go."""

    uses: tuple[Purpose, ...] = ()
    permit: str = ""
    country: str = ""


WITHIN = Terms()
"""Within the trial."""
