"""Writing an export: first beside its place, then recorded as a fact, then put there; or nothing at all."""

from __future__ import annotations

import os
from pathlib import Path

from adapters.app import App
from domain.record import Attribution
from workflows.command import Receipt
from workflows.export import RecordExport
from workflows.policy import authorise


def write(app: App, trial: str, by: Attribution, command: RecordExport, data: bytes, out: Path) -> Receipt:
    """Write a file and record it. What may not leave is refused when it is recorded, and no file is left."""
    authorise(command, by)
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        receipt = app.engine.execute(trial, command, by)
        part.replace(out)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(out)  # on a full disk nobody names it
        raise
    return receipt
