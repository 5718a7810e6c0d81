"""The kinds of error a user can meet, each with a stable code, and what each means for the caller.

A command is *refused* by a rule, an input is *invalid*, a thing named is *not found*, a command id or a
stream was written by somebody else meanwhile (*conflict*), or the role may not do this (*denied*).
The exit codes of the command line follow these classes.
"""

from __future__ import annotations


class TrialogError(Exception):
    """An error for people: one sentence, a stable code, and where it applies.

    `code` is stable across releases; `where` names the file, row, participant or stream; `rule` is the
    clause or protocol rule that speaks; `remedy` says what to do.
    """

    def __init__(self, code: str, message: str, *, where: str = "", rule: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where
        self.rule = rule
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        rule = f" [{self.rule}]" if self.rule else ""
        told = f"{place}{self.message}{rule}"
        if self.remedy:
            told += f"{'' if told.endswith('?') else '.'} {self.remedy}"
        return f"{told} ({self.code})"


class Invalid(TrialogError):
    """The input itself is wrong: a malformed value, file, row or command."""


class Refused(TrialogError):
    """A step the protocol or the state forbids. Nothing was stored."""


class NotFound(TrialogError):
    """The named participant, visit, lot, trial or file is not there."""


class Conflict(TrialogError):
    """The same command id came with another content, or the store moved on under the caller."""


class Denied(TrialogError):
    """The role may not do this."""


class Unavailable(TrialogError):
    """The store cannot be read or written at present: no connection, no permission, no space."""


class Broken(TrialogError):
    """A verification failed: what is stored is not what it should be."""
