"""The validation record for people: traceability, installation (IQ) and operation (OQ), as HTML and PDF."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from adapters.validation.defects import Defect
from adapters.validation.matrix import Line, Matrix, Standing
from adapters.validation.run import Run

_TEMPLATE = Path(__file__).with_name("report.typ")
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border:1px solid #c9ced6;padding:.35rem .5rem;
text-align:left;vertical-align:top}th{background:#f2f4f7}code{font-size:.85em;overflow-wrap:anywhere}
.shown{color:#14691b}.failed{color:#b3261e;font-weight:700}.not{color:#5b6470}
@media print{body{margin:0;max-width:none}tr{break-inside:avoid}}
"""

_CAUTION = (
    "Tests that pass are evidence, not a validated state: intended use, risk and user acceptance are the"
    " organisation's to assess."
)


def summary(found: Matrix, run: Run) -> dict[str, Any]:
    """The counts of a record."""
    outcomes: dict[str, int] = {}
    for test in run.tests:
        outcomes[test.outcome] = outcomes.get(test.outcome, 0) + 1
    return {
        "release": run.release,
        "started": run.started,
        "finished": run.finished,
        "requirements": len(found.lines),
        **{str(standing).replace(" ", "_"): count for standing, count in found.counts.items()},
        "tests": len(run.tests),
        "outcomes": outcomes,
    }


def html(found: Matrix, run: Run, known: Sequence[Defect] = ()) -> str:
    """The whole record as one page that needs nothing else."""
    counts = summary(found, run)
    installed = run.installation
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>Trialog {escape(run.release)}: validation record</title><style>{_STYLE}</style>",
        f"<h1>Trialog {escape(run.release)}: validation record</h1>",
        f"<p>Test run from {escape(run.started)} to {escape(run.finished)}.</p>",
        "<table>",
        *(
            f"<tr><th>{escape(name.replace('_', ' '))}</th><td>{escape(_plain(value))}</td></tr>"
            for name, value in counts.items()
        ),
        "</table><h2>Traceability matrix</h2>",
        "<table><tr><th>Id<th>What is asked<th>Source<th>Standing<th>Shown by</tr>",
        *map(_row, found.lines),
        "</table><h2>Known defects</h2>",
        *_defects(known),
        "<h2>Operational qualification (OQ)</h2>",
        "<p>Every test that shows a requirement, and how it ended.</p>",
        "<table><tr><th>Test<th>Shows<th>Outcome<th>Seconds</tr>",
        *_tests(run),
        "</table><h2>Installation qualification (IQ)</h2>",
        f"<p>Python {escape(installed['python'])} on {escape(installed['platform'])}.</p>",
        "<table><tr><th>Distribution<th>Version</tr>",
        *(
            f"<tr><td>{escape(name)}<td>{escape(version)}</tr>"
            for name, version in installed["distributions"].items()
        ),
        "</table><table><tr><th>File of the product<th>SHA-256</tr>",
        *(
            f"<tr><td><code>{escape(name)}</code><td><code>{digest}</code></tr>"
            for name, digest in installed["files"].items()
        ),
        "</table><h2>Review</h2>",
        f"<p>{_CAUTION}</p>",
        "<table><tr><th>Reviewed by<th>Role<th>Date<th>Signature</tr>",
        "<tr><td>&nbsp;<td><td><td></tr><tr><td>&nbsp;<td><td><td></tr></table></html>",
    ]
    return "\n".join(parts) + "\n"


def pdf(found: Matrix, run: Run, known: Sequence[Defect] = ()) -> bytes:
    """The record without the file hashes, as PDF/A-2b. The same run gives the same bytes."""
    import typst

    data = {
        "summary": summary(found, run),
        "lines": [
            {
                "id": line.requirement.id,
                "asks": line.requirement.asks,
                "source": line.requirement.source,
                "standing": str(line.standing),
                "by": line.requirement.not_covered or f"{len(line.tests)} tests",
            }
            for line in found.lines
        ],
        "tests": [test._asdict() for test in run.tests if test.requirements],
        "defects": [each._asdict() for each in known],
        "installation": {name: run.installation[name] for name in ("python", "platform", "distributions")},
    }
    finished = int(datetime.fromisoformat(run.finished).timestamp())
    made: bytes = typst.compile(
        _TEMPLATE.read_bytes(),
        sys_inputs={"record": json.dumps(data)},
        timestamp=finished,
        pdf_standards=["a-2b"],
        ignore_system_fonts=True,
    )
    return made


def _row(line: Line) -> str:
    need = line.requirement
    by = "<br>".join(f"<code>{escape(test.name)}</code>" for test in line.tests) or escape(need.not_covered)
    return (
        f"<tr id={need.id}><td>{need.id}<td>{escape(need.asks)}<td>{escape(need.source)}"
        f"<td class='{line.standing}'>{line.standing}<td>{by}</tr>"
    )


def _defects(known: Sequence[Defect]) -> Iterator[str]:
    if not known:
        yield "<p>None is known.</p>"
        return
    yield "<table><tr><th>Id<th>Found<th>What is wrong<th>Severity<th>Risk<th>Standing</tr>"
    for each in known:
        mark = "failed" if each.blocks else "not"
        standing = f"{each.status} {each.fixed_in}".strip()
        told = (each.id, each.found, each.what, each.severity, each.risk)
        cells = "".join(f"<td>{escape(text)}" for text in told)
        yield f"<tr>{cells}<td class={mark}>{escape(standing)}</tr>"
    yield "</table>"


def _tests(run: Run) -> Iterator[str]:
    for test in run.tests:
        if test.requirements:
            shows = ", ".join(test.requirements)
            yield (
                f"<tr><td><code>{escape(test.name)}</code><td>{shows}<td class={test.outcome}>{test.outcome}"
                f"<td>{test.seconds:.2f}</tr>"
            )


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items())
    return str(value)


__all__ = ["Standing", "html", "pdf", "summary"]
