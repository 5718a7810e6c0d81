"""A Python package that Trialog needs and that is not there: told as that, and not as a fault of Trialog.

Nothing but the standard library is needed here: any other package may be the one that is missing.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, requires

from domain.errors import TrialogError

_OWN = frozenset({"trialog", "adapters", "scheduler", "projections", "workflows", "domain", "protocols"})


def missing(error: BaseException) -> TrialogError | None:
    """The error `install.package_missing`, if this one says that another's package cannot be imported."""
    if not isinstance(error, ImportError) or not error.name:
        return None
    module = error.name.partition(".")[0]
    if module in _OWN or module in sys.stdlib_module_names:
        return None
    is_absent = isinstance(error, ModuleNotFoundError) and error.name == module
    wrong = "is not installed" if is_absent else "is not the one that is needed, or is damaged"
    return TrialogError(
        "install.package_missing",
        f"the Python package {_normal(module)} {wrong}",
        remedy=f"Install it where Trialog runs: python -m pip install '{_needed(module)}'.",
    )


def _needed(module: str) -> str:
    """What Trialog asks for to have a module, with its versions; the name alone where it is another's."""
    try:
        asked = requires("trialog") or []
    except PackageNotFoundError:
        asked = []
    plain = (each.partition(";")[0].strip() for each in asked)
    by_name = {_normal(re.split(r"[^\w.-]", each, maxsplit=1)[0]): each for each in plain}
    return by_name.get(_normal(module), _normal(module))


def _normal(name: str) -> str:
    """A name as package indexes write it (PEP 503); what Trialog imports is named as its package."""
    return re.sub(r"[-_.]+", "-", name).lower()
