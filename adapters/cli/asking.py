"""Asking for secrets: at the terminal without echo; from a file descriptor or the environment for programs.

TRIALOG_SECRETS_FD names a descriptor with one JSON object: `{"password": …, "code": …}`. A single secret may
come in TRIALOG_PASSWORD, TRIALOG_CODE and so on.
"""

from __future__ import annotations

import getpass
import json
import os
import sys

from domain.errors import Invalid

_READ: dict[str, dict[str, str]] = {}


def secret(name: str, question: str, *, twice: bool = False) -> str:
    """A secret by its name, as `new-password`. Raises Invalid when nobody is there to be asked."""
    given = _from_descriptor().get(name) or os.environ.get(f"TRIALOG_{name.upper().replace('-', '_')}")
    if given is not None:
        return given
    _somebody(name)
    typed = getpass.getpass(f"{question}: ")
    if twice and getpass.getpass(f"{question}, once more: ") != typed:
        raise Invalid("usage.not_the_same", "the two are not the same")
    return typed


def told(name: str, question: str) -> str:
    """What somebody says at the terminal, empty for nothing; of a program what it gives by the descriptor.

    Raises Invalid when nobody is there to be asked and no descriptor is given.
    """
    given = _from_descriptor()
    if given:
        return given.get(name, "")
    _somebody(name)
    sys.stderr.write(f"{question}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _somebody(name: str) -> None:
    if not sys.stdin.isatty():
        raise Invalid(
            "usage.nobody_to_ask",
            f"nobody is there to be asked for the {name}",
            remedy="Run it at a terminal, or give TRIALOG_SECRETS_FD.",
        )


def _from_descriptor() -> dict[str, str]:
    number = os.environ.get("TRIALOG_SECRETS_FD", "")
    if not number:
        return {}
    if number not in _READ:
        try:
            with os.fdopen(int(number), encoding="utf-8") as file:
                read = json.load(file)
        except (OSError, ValueError) as error:
            raise Invalid("usage.secrets", "TRIALOG_SECRETS_FD holds no JSON object") from error
        _READ[number] = {str(name): str(value) for name, value in dict(read).items()}
    return _READ[number]
