"""`python -m benchmarks.endpoints`: the time the endpoints of the real trial take, as of any day.

The data set is expected at ../shared/data/pbcseq.csv beside the repository; without it the benchmark says so.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from adapters.app import App
from adapters.clock import SetClock
from adapters.files.protocol_file import read_protocol
from adapters.imports.mapping_file import read_mapping
from adapters.imports.table_file import read_table
from adapters.imports.table_import import TableImport
from domain.clinical_time import ClinicalTime, Instant
from domain.record import Attribution, Role
from projections.as_of import Axis
from projections.endpoints import evaluate
from protocols import path_of
from trialog.bootstrap import open_app
from workflows import trial as steps

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "pbcseq.csv"
TRIAL = "MAYO-PBC"
ROUNDS = 7
INSTANTS = (
    (Axis.RECORDED, None),
    *((Axis.EFFECTIVE, Instant.parse(f"{year}-01-01T12:00:00Z")) for year in (1975, 1980, 1987)),
)


def imported(location: str) -> App:
    """The real trial in a fresh store."""
    app = open_app(location, create=True, clock=SetClock(datetime(2026, 11, 23, tzinfo=UTC)))
    protocol = read_protocol(path_of("mayo-pbc"))
    version, by = protocol.protocol.version, Attribution("benchmark", Role.PRINCIPAL_INVESTIGATOR)
    approved, begun = (
        ClinicalTime.parse(text, zone="America/Chicago") for text in ("1973-12-01", "1974-01-01")
    )
    for command in (
        steps.AdoptProtocol(document=protocol.text),
        steps.ConfirmAssumptions(version=version, digest=protocol.digest),
        steps.RecordEthicsApproval(at=approved, version=version, reference="benchmark"),
        steps.ActivateSite(site="MAYO", at=begun),
        steps.ActivateTrial(at=begun),
        steps.OpenEnrolment(),
    ):
        app.engine.execute(TRIAL, command, by)
    mapping = read_mapping(path_of("mayo-pbc").with_suffix(".mapping.toml"))
    TableImport(app, mapping, read_table(DATA, mapping)).run()
    return app


def measured(app: App, axis: Axis, instant: Instant | None) -> float:
    """Seconds for all endpoints, by arm: the view read anew, the states, the scores, the estimates."""
    begin = time.perf_counter()
    view = app.view(TRIAL, instant, axis)
    evaluate(view, app.unseal(app.view(TRIAL).trial, Role.STATISTICIAN))
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print one line an instant; the first call, which imports SciPy, on its own."""
    if not DATA.exists():
        sys.exit("the data set is not at ../shared/data/pbcseq.csv")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRIALOG_KEYS"] = str(Path(folder, "keys"))
        app = imported(str(Path(folder, "mayo.db")))
        try:
            print(f"312 participants, {app.reading.head(TRIAL)[0]:,} facts, all endpoints by arm")
            print(f"first call in the process, SciPy imported{measured(app, *INSTANTS[0]):>12.2f} s")
            for axis, instant in INSTANTS:
                seconds = [measured(app, axis, instant) for _ in range(ROUNDS)]
                told = f"{axis}, as of {instant[:10] if instant else 'now'}"
                print(f"{told:<41}{statistics.median(seconds):>12.2f} s (best {min(seconds):.2f})")
        finally:
            app.close()


if __name__ == "__main__":
    main()
