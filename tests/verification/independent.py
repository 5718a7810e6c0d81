"""A reader of bundles that was written from SPEC.md alone, and imports nothing of the product.

It verifies nothing: it shows that the record can be used without the software that kept it (EX-01).
"""

import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def rebuilt(path: Path) -> dict[str, Record]:
    """Every participant by code: site, milestones by name, visits and standing results, from a zip alone."""
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("trial/ledger.txt").decode().splitlines()
        protocols = [name for name in archive.namelist() if name.startswith("protocols/")]
        protocol = json.loads(archive.read(min(protocols, key=lambda name: int(name[10:-5]))))
    people: dict[str, Record] = {}
    for position, line in enumerate(lines, start=1):
        _leaf, text, committed, _envelope = line.split("\t")
        entry, fact = json.loads(text), committed.partition(" ")[2]
        assert entry["position"] == position
        stream, _, code = entry["stream"].partition("/")
        if stream == "participant":
            known = people.setdefault(code, {"milestones": {}, "visits": {}, "results": {}})
            _take(known, entry["topic"], json.loads(fact), entry["effective_at"])
    for known in people.values():
        for name, visit in known["visits"].items():
            visit["in_window"] = _in_window(protocol["schedule"], name, visit, known["milestones"])
    return people


def _take(known: Record, topic: str, fact: Record, at: str) -> None:
    milestones, results = known["milestones"], known["results"]
    place = (fact.get("visit", ""), fact.get("result", ""))
    if topic == "participant.pre_screened.v1":
        known["site"] = fact["site"]
        milestones["registered"] = at[:10]
    elif topic == "consent.given.v1":
        milestones["consented"] = min(at[:10], milestones.get("consented", at[:10]))
    elif topic == "participant.randomized.v1":
        milestones["randomized"] = at[:10]
    elif topic in ("infusion.started.v1", "infusion.reported.v1"):
        milestones.setdefault("infused", at[:10])
    elif topic.startswith("visit."):
        visit = known["visits"].setdefault(fact["visit"], {"attended": "", "missed": "", "appointment": ""})
        kind = topic.split(".")[1]
        visit["appointment" if kind == "scheduled" else kind] = fact.get("appointment", at)
    elif topic in ("lab.result_recorded.v1", "assessment.graded.v1"):
        results[place] = {**_value(fact), "was": [], "stands": True}
    elif topic in ("lab.result_corrected.v1", "assessment.corrected.v1"):
        results[place] = {**_value(fact), "was": [*results[place]["was"], fact["was"]], "stands": True}
    elif topic == "lab.result_voided.v1":
        results[place]["stands"] = False


def _value(fact: Record) -> Record:
    value = fact["grade"] if "grade" in fact else fact["value"]
    return {"value": value, "unit": fact.get("unit", ""), "comparator": fact.get("comparator", "")}


def _in_window(schedule: Record, name: str, visit: Record, milestones: dict[str, str]) -> bool | None:
    plan = next((each for each in schedule["visits"] if each["id"] == name), None)
    anchor = plan and milestones.get(plan.get("anchor", schedule["anchor"]))
    if not plan or not anchor or not visit["attended"]:
        return None
    target = date.fromisoformat(anchor) + timedelta(days=plan["day"])
    day = date.fromisoformat(visit["attended"][:10])
    return target - timedelta(days=plan["before"]) <= day <= target + timedelta(days=plan["after"])
