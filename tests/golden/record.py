"""Writes the golden files of the present release: `python -m tests.golden.record`.

It plays one small trial in which every fact occurs, and writes
- `histories/<release>.jsonl`: the whole history, one fact a line with its envelope and its stored text;
- `histories/<release>.documents.json`: what the fold makes of it, each read-model row at the end;
- `facts/<topic>.json`: the bytes of the first fact of each topic that has no golden file yet.

Once a release is out its files are never written again: they are what its stores hold. Raise the version in
`trialog/__init__.py`, and the next run records the next history beside them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.golden.files import FACT_FILES, HISTORY_FILES, folded, line_of, told
from tests.golden.played import play
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL
from trialog import __version__


def main() -> None:
    """Play the trial and write what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(Path(folder))
        play(scenario)
        entries = list(scenario.app.reading.entries(TRIAL))
        stored = [data for (data,) in scenario.store.rows("SELECT data FROM fact ORDER BY position")]
        scenario.close()
    lines = [line_of(entry, data) for entry, data in zip(entries, stored, strict=True)]
    history = HISTORY_FILES / f"{__version__}.jsonl"
    history.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    history.with_suffix(".documents.json").write_text(told(folded(lines)), "utf-8")
    for each, data in zip(entries, stored, strict=True):
        file = FACT_FILES / f"{each.record.fact.TOPIC}.json"
        if not file.exists():
            file.write_bytes(data)


if __name__ == "__main__":
    main()
