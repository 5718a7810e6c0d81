"""`python -m benchmarks.endpoints`: the time the endpoints of the real trial take, as of any day.

The data set is expected at ../shared/data/pbcseq.csv beside the repository; without it the benchmark says so.
"""

from __future__ import annotations

import statistics
import sys
import time

from adapters.app import App
from domain.clinical_time import Instant
from domain.record import Role
from projections.as_of import Axis
from projections.endpoints import evaluate
from tests.support.mayo import DATA, TRIAL, mayo

ROUNDS = 7
INSTANTS = (
    (Axis.RECORDED, None),
    *((Axis.EFFECTIVE, Instant.parse(f"{year}-01-01T12:00:00Z")) for year in (1975, 1980, 1987)),
)


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
    app = mayo().app
    print(f"312 participants, {app.reading.head(TRIAL)[0]:,} facts, all endpoints by arm")
    print(f"first call in the process, SciPy imported{measured(app, *INSTANTS[0]):>12.2f} s")
    for axis, instant in INSTANTS:
        seconds = [measured(app, axis, instant) for _ in range(ROUNDS)]
        told = f"{axis}, as of {instant[:10] if instant else 'now'}"
        print(f"{told:<41}{statistics.median(seconds):>12.2f} s (best {min(seconds):.2f})")


if __name__ == "__main__":
    main()
