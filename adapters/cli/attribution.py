"""Who is at the command line where accounts are not begun: the one that `--as` or TRIALOG_AS names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from domain.errors import Invalid

if TYPE_CHECKING:
    from domain.record import Attribution, Role


def role_of(text: str) -> Role:
    """The role of that name. Raises Invalid listing the roles."""
    from domain.record import PEOPLE

    for role in PEOPLE:
        if text.strip().lower().replace("-", "_") == role:
            return role
    raise Invalid("usage.role", f"'{text}' is no role of a person", remedy=f"Roles: {', '.join(PEOPLE)}.")


def any_role_of(text: str) -> Role:
    """The role of that name, the system's own too: imports and machinery act in it. Raises Invalid."""
    from domain.record import Role

    return Role.SYSTEM if text.strip().lower() == Role.SYSTEM else role_of(text)


def attribution(by: str, site: str = "", reason: str = "", reason_code: str = "") -> Attribution:
    """Who acts, from `--as` and what goes with it. Raises Invalid."""
    from domain.record import PEOPLE, Attribution

    actor, _, role = (part.strip() for part in by.rpartition(":"))
    if not actor:
        people = ", ".join(PEOPLE)
        what = f"'{by}' is not ACTOR:ROLE" if by else "nobody is named as acting"
        remedy = f"Give --as ACTOR:ROLE, or set TRIALOG_AS; roles: {people}."
        raise Invalid("usage.no_actor", what, remedy=remedy)
    return Attribution(
        actor,
        role_of(role),
        site=site,
        reason_code=reason_code.strip(),
        reason_text=reason.strip(),
        authentication="command-line",  # the operating system's sign-in, nothing of ours
    )


def looking(role: str) -> Attribution:
    """Who looks, in a store without accounts: nobody need say so, and then it is kept as not named."""
    from domain.record import Attribution

    by = os.environ.get("TRIALOG_AS", "")
    actor = attribution(by).actor if by else "not named"
    return Attribution(actor, role_of(role) if role else role_at_hand(), authentication="command-line")


def role_at_hand() -> Role:
    """The role that TRIALOG_AS names; a coordinator's where it names nobody. Raises Invalid."""
    from domain.record import Role

    by = os.environ.get("TRIALOG_AS", "")
    return attribution(by).role if by else Role.COORDINATOR
