"""The register of known defects that a release is judged by (VA-06)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

from domain.errors import Invalid, NotFound

SEVERITIES = ("critical", "major", "minor")
STATUSES = ("open", "accepted", "fixed")


class Defect(NamedTuple):
    """One known defect: what is wrong, how much it weighs, what it puts at risk, and where it stands."""

    id: str
    found: str
    what: str
    severity: str
    risk: str
    status: str
    fixed_in: str = ""

    @property
    def blocks(self) -> bool:
        """Whether no release may go out with it."""
        return self.severity == "critical" and self.status == "open"


def defects(file: Path) -> tuple[Defect, ...]:
    """Every defect of a register, in the order of the file. Raises NotFound, Invalid naming the entry."""
    try:
        entries = tomllib.loads(file.read_text("utf-8")).items()
    except FileNotFoundError as error:
        raise NotFound(
            "validation.no_defects",
            "there is no register of defects",
            where=str(file),
            remedy="Name it with --defects; one without entries says that none is known.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid("validation.defects", f"this is no register: {error}", where=str(file)) from error
    return tuple(_defect(file, name, fields) for name, fields in entries)


def _defect(file: Path, name: str, fields: object) -> Defect:
    try:
        found = Defect(name, **{key: str(value).strip() for key, value in dict(fields).items()})  # type: ignore[call-overload]
    except (TypeError, ValueError) as error:
        raise Invalid("validation.defects", f"{name}: {error}", where=str(file)) from error
    for told, known in ((found.severity, SEVERITIES), (found.status, STATUSES)):
        if told not in known:
            where = f"{file} {name}"
            raise Invalid("validation.defects", f"'{told}' is none of {', '.join(known)}", where=where)
    if not (found.what and found.risk) or (found.status == "fixed") != bool(found.fixed_in):
        what = "what, risk and, once fixed, fixed_in are told"
        raise Invalid("validation.defects", what, where=f"{file} {name}")
    return found
