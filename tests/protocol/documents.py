"""A whole protocol small enough to read at a glance, and ways to change it."""

from __future__ import annotations

from pathlib import Path

from adapters.files.protocol_file import read_protocol
from domain.protocol_document import ProtocolDocument

SMALL = """
registered = "the registration"
trial = "T-1"
version = "1.0"
design = "two arms"
formulas = ["albi.2015"]

[title]
en = "A small trial"

[sponsor]
en = "A sponsor"

[[sites]]
id = "S1"
name.en = "A site"
zone = "Asia/Shanghai"

[[arms]]
id = "vein"
name.en = "By vein"
route = "vein"

[[arms]]
id = "artery"
name.en = "By artery"
route = "artery"

[masking]
kind = "single"
masked_roles = { value = ["outcome_assessor"], assumed = "who else" }

[enrolment]
target = 32

[randomization]
method = "permuted_blocks"
block_sizes = { value = [2, 4], assumed = "usual sizes" }

[consent]
required = true

[[consent.versions]]
version = "1.0"
language = "en"

[eligibility]
minimum_age = 18
maximum_age = 80

[[eligibility.criteria]]
id = "disease"
kind = "inclusion"
text.en = "Has the disease"

[schedule]
anchor = "infused"

[[schedule.visits]]
id = "week-4"
name.en = "Week 4"
day = 28
before = { value = 7, assumed = "a week" }
after = { value = 7, assumed = "a week" }
panels = ["liver"]

[[panels]]
id = "liver"
name.en = "Liver"
items = ["tbil"]

[[items]]
id = "tbil"
name.en = "Bilirubin"
reject = { low = 1, high = 1000 }
query = { high = 500 }

[[items.units]]
ucum = "umol/L"

[[items.units]]
ucum = "mg/dL"
aliases = ["mg/dl"]
factor = 17.1

[[items]]
id = "ascites"
name.en = "Ascites"

[[items.grades]]
code = "none"
name.en = "None"

[product]
name.en = "Cells"
routes = ["vein", "artery"]
infusions = 1
dose = 1
dose_unit = "10*6/kg"

[[endpoints]]
id = "albi_change"
title.en = "Change in ALBI"
kind = "change"
measure = "albi.2015"
visits = ["week-4"]

[[alerts]]
id = "due"
rule = "visit_due"
roles = ["coordinator"]

[retention]
years = 30
basis = "the law"
"""


def changed(old: str, new: str, text: str = SMALL) -> str:
    """The small protocol with one passage replaced, which must be in it."""
    assert old in text, f"the small protocol has no {old!r}"
    return text.replace(old, new, 1)


def without(start: str, end: str) -> str:
    """The small protocol without what stands from `start` up to `end`."""
    first = SMALL.index(start)
    return SMALL[:first] + SMALL[SMALL.index(end, first) :]


def document(folder: Path, text: str = SMALL) -> ProtocolDocument:
    """The protocol document of a file with that text."""
    file = folder / "protocol.toml"
    file.write_text(text, encoding="utf-8")
    return read_protocol(file)
