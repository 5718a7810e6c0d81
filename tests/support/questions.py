"""How the questions that take more than their name are asked, and where the names of things are found."""

from __future__ import annotations

from pathlib import Path


def words_about(code: str, protocol: Path) -> dict[str, tuple[str, ...]]:
    """The words behind each such question's own: about a participant, and held against a protocol file.

    `{query}` and the like stand for the name of something that is there, `{folder}` for where files go.
    """
    return {
        "participant.show": (code,),
        "participant.history": (code,),
        "lot.history": ("L1",),
        "participant.scores": (code,),
        "consent.show": (code,),
        "outage.show": ("{package}",),
        "incident.show": ("{incident}",),
        "deviation.show": ("noted-1", "--participant", code),
        "casebook.show": (code,),
        "casebook.sheet": (code, "week-4"),
        "query.show": ("{query}",),
        "correction.show": ("{correction}",),
        "audit.compare": ("1", "interim"),
        "audit.history": (code,),
        "audit.lineage": (code, "week-4", "albi.2015"),
        "audit.what-if": (str(protocol),),
        "safety.show": (code, "ae-1"),
        "alert.show": ("{alert}",),
        "ledger.page": ("--out", "{folder}/page.html"),
        "ledger.request": ("--witness", "hospital.example/pi", "--out", "{folder}/request.txt"),
        "export.table": ("--out", "{folder}/table.zip", "--purpose", "evaluation"),
    }


LISTED = {name: f"{name} list" for name in ("incident", "query", "correction", "alert")}
"""Where the name of a thing of that kind is found."""
