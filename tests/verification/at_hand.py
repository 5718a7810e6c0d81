"""`python -m tests.verification.at_hand STORE UPTO`: goes over a log beside a process at hand, and tells on
stdout what was found, which stretches were right.
"""

import json
import sys
from collections.abc import Sequence

from adapters.store import Store
from adapters.store.ranges import standing_by
from projections.verification.findings import Findings
from projections.verification.lines import Range, Scan
from tests.store.histories import TRIAL, known_fact


def main(location: str, upto: int) -> None:
    with standing_by(location, 2, least=0) as beside, Store(location) as store, known_fact():
        assert beside is not None
        told: list[Sequence[Range | None]] = []

        def heard(log: str, position: int, ends: Sequence[int]) -> Sequence[Range | None]:
            told.append(beside(log, position, ends))
            return told[-1]

        found = Findings()
        scan = Scan(store, TRIAL, found)
        scan.run(upto, (60,), lambda _: None, heard)
        [stretches] = told
        said = {
            "found": [[each.position, str(each.check)] for each in found.sorted()],
            "roots": {size: root.hex() for size, root in scan.roots.items()},
            "right": [each is not None for each in stretches],
        }
        sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
