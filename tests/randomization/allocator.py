"""A process that randomizes participants, beside others or until it is killed: `URL NAME PAUSE CODE…`.

It says `ready`, waits for a line on stdin, says `asking`, and then tells what became of each participant, a
JSON line each.
The same participant is asked for under the same command id by every process of the same name. Between two
participants it pauses, PAUSE seconds at most: SQLite would let one process take all its turns in a row.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from random import Random

from adapters.clock import SetClock
from domain.errors import TrialogError
from domain.record import Role
from tests.support.trial import START, TRIAL, person
from trialog.bootstrap import open_app
from workflows.participant import Randomize


def main() -> None:
    """Randomize each participant once."""
    url, name, pause, *codes = sys.argv[1:]
    app = open_app(url, clock=SetClock(START + timedelta(days=1)))
    pauses = Random(codes[0])
    _tell("ready")
    sys.stdin.readline()
    _tell("asking")
    for code in codes:
        try:
            receipt = app.engine.execute(
                TRIAL, Randomize(participant=code), person(Role.INVESTIGATOR), f"{name}-{code}"
            )
        except TrialogError as error:
            _tell(json.dumps([code, error.code]))
        else:
            _tell(json.dumps([code, receipt.first, receipt.repeated]))
        time.sleep(pauses.uniform(0, float(pause)))
    app.close()


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
