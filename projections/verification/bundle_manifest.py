"""What a bundle says of itself: `manifest.txt`, lines of one exact form (SPEC.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.ledger.policy import Policy
from projections.verification.bundle_lines import UNREADABLE
from projections.verification.said import said_in

FORMAT = "trialog-bundle/2"

_MANIFEST = re.compile(
    rf"{FORMAT}\napp_version [!-~]+\nas_of (?P<as_of>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{6}}Z)\n"
    r"masked (?P<masked>yes|no)\nparticipant (?P<participant>[A-Z0-9-]+|all)\nrole (?P<role>[a-z_]+)\n"
    r"(?:system (?P<system>_system) (?:0|[1-9][0-9]{0,17}) [0-9a-f]{64}\n)?"
    r"trial (?P<trial>[A-Za-z0-9._-]+) (?:0|[1-9][0-9]{0,17}) [0-9a-f]{64}\n"
    r"(?P<keys>(?:log .+\n|witness .+\n){0,1000}quorum none\n)"
    r"(?P<records>(?:record [!-~]+ (?:[a-z0-9_/-]|\{[a-z_]+\}){1,100} \{[!-~]*\}\n)*)\Z",
    re.ASCII,
)


_FIELD = re.compile(r"\{([a-z_]+)\}")


class PathForm(NamedTuple):
    """How the facts of a topic tell their path within the casebook: `{name}` stands for a field, which has
    its default where it is left out.
    """

    path: str
    defaults: Mapping[str, Any]

    def filled(self, said: Mapping[str, Any]) -> str:
        """The path of a fact. Raises KeyError where it lacks a field, TypeError where one is no text and no
        whole number: what else there is, another version of Python may put into other words.
        """
        fields = {**self.defaults, **said}
        if any(type(fields[name]) not in (int, str) for name in _FIELD.findall(self.path)):
            raise TypeError(self.path)
        return self.path.format_map(fields)


class Manifest(NamedTuple):
    """A manifest that is in its form: its text, and what it says. `participant` is "" for the whole record,
    `system` the name of the system log, or "" where nothing of it is here.
    """

    text: str
    as_of: str
    masked: bool
    participant: str
    role: str
    trial: str
    system: str
    keys: Policy
    records: Mapping[str, PathForm]


def manifest_of(data: bytes) -> Manifest | None:
    """The manifest, if it is in its form."""
    try:
        text = data.decode()
        found = _MANIFEST.match(text)
        if found is None:
            return None
        rows = (line.split(" ") for line in found["records"].splitlines())
        records = {topic: PathForm(path, said_in(defaults.encode())) for _, topic, path, defaults in rows}
        return Manifest(
            text,
            found["as_of"],
            found["masked"] == "yes",
            "" if found["participant"] == "all" else found["participant"],
            found["role"],
            found["trial"],
            found["system"] or "",
            Policy.parse(found["keys"]),
            records,
        )
    except UNREADABLE:
        return None
