"""A process that signs a store: `LOCATION SIGNER [step]`.

With `step`, it says on stdout which lasting step comes next, and waits for a line on stdin to take it.
"""

import sys
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path

from adapters.held.folder import Folder
from adapters.ledger.signer import Signer
from adapters.store.store import Store
from trialog.bootstrap import open_app

STEPS = ((Folder, "keep"), (Store, "keep"), (Signer, "_tell"))


def announced(thing: object, run: Callable[..., object], name: str, *rest: object) -> object:
    """Say which step comes next, wait, and take it."""
    sys.stdout.write(f"{type(thing).__name__}.{name}\n")
    sys.stdout.flush()
    sys.stdin.readline()
    return run(thing, *rest)


def main() -> None:
    """Sign what there is to sign."""
    location, signer, *step = sys.argv[1:]
    if step:
        for kind, name in STEPS:
            setattr(kind, name, partialmethod(announced, getattr(kind, name), name))
    app = open_app(location)
    Signer(Folder(Path(signer)), app).sign()
    app.close()


if __name__ == "__main__":
    main()
