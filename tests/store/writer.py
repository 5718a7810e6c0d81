"""A process that writes to a store, beside others or until it is killed: `URL NAME COUNT [step]`.

With `step`, it says on stdout which statement comes next, and waits for a line on stdin to go on.
"""

import sys
from collections.abc import Callable
from functools import partialmethod

from adapters.store import Store
from adapters.store.connections import Link
from tests.store.histories import TRIAL, append, known_fact

FACTS, DOCUMENTS = 3, 2  # Per command.


def announced(link: Link, run: Callable[..., object], statement: str, *rest: object) -> object:
    """Say which statement comes next, wait, and run it."""
    sys.stdout.write(statement[:40] + "\n")
    sys.stdout.flush()
    sys.stdin.readline()
    return run(link, statement, *rest)


def main() -> None:
    """Write so many commands, each with its facts and documents."""
    url, name, count, *step = sys.argv[1:]
    with known_fact(), Store(url, create=True) as store:
        if step:
            for method in ("fetch", "run", "run_many", "run_at_once", "run_prepared"):
                setattr(Link, method, partialmethod(announced, getattr(Link, method)))
        for number in range(int(count)):
            with store.writing(TRIAL) as transaction:
                append(
                    transaction,
                    FACTS,
                    stream=name,
                    version=1 + FACTS * number,
                    command_id=f"{name}-{number}",
                    documents=[("status", name), ("score", f"{name}-{number}")],
                )


if __name__ == "__main__":
    main()
