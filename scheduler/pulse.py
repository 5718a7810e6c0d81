"""The pulse: when each beat last came to its end, and what went wrong. What the health endpoint tells.

Ages are counted on a clock that nobody sets: one set back must not make a dead scheduler look alive.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from domain.clinical_time import Instant

_PATIENCE = 3
"""After so many intervals without a beat that came to its end, a scheduler is not well."""

_GRACE = 15.0
"""Seconds that a beat may take besides."""


@dataclass(frozen=True)
class Course:
    """How one kind of beat is doing. `tried` and `done` are on the steady clock, in seconds."""

    every: timedelta
    tried: float
    done: float | None = None
    at: Instant | None = None
    failures: int = 0
    error: str = ""


@dataclass
class Pulse:
    """The courses of all beats, and whether this process holds the lease."""

    _courses: dict[str, Course] = field(default_factory=dict)
    _leads: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, name: str, every: timedelta, steady: float) -> None:
        """A kind of beat is set up; from now on it is waited for."""
        with self._lock:
            self._courses[name] = Course(every, steady)

    def trying(self, name: str, steady: float) -> None:
        """A beat begins."""
        with self._lock:
            self._courses[name] = replace(self._courses[name], tried=steady)

    def stood_by(self, name: str, steady: float) -> None:
        """Another process holds the lease."""
        self._change(name, leads=False, tried=steady, failures=0, error="")

    def done(self, name: str, steady: float, at: Instant) -> None:
        """A beat came to its end."""
        self._change(name, leads=True, tried=steady, done=steady, at=at, failures=0, error="")

    def failed(self, name: str, steady: float, error: str) -> None:
        """A beat failed; the next one tries again."""
        failures = self._courses[name].failures + 1
        self._change(name, leads=True, tried=steady, failures=failures, error=error)

    def _change(self, name: str, *, leads: bool, **changes: Any) -> None:
        with self._lock:
            self._leads = leads
            self._courses[name] = replace(self._courses[name], **changes)

    def is_silent(self, name: str, steady: float) -> bool:
        """Whether a beat has not even been tried for longer than it should."""
        course = self._courses[name]
        return steady - course.tried > 1.5 * course.every.total_seconds()

    def told(self, steady: float) -> dict[str, Any]:
        """How it is now, as data: `ok`, `standby` or `failing`, and the age of every beat in seconds."""
        with self._lock:
            leads, courses = self._leads, dict(self._courses)
        beats = {name: _told(course, steady) for name, course in courses.items()}
        is_well = all(
            steady - (course.done if leads and course.done is not None else course.tried)
            <= _PATIENCE * course.every.total_seconds() + _GRACE
            and not (leads and course.failures >= _PATIENCE)
            for course in courses.values()
        )
        status = "failing" if not is_well else "ok" if leads else "standby"
        return {"status": status, "leads": leads, "beats": beats}


def _told(course: Course, steady: float) -> dict[str, Any]:
    return {
        "age_seconds": None if course.done is None else round(steady - course.done, 1),
        "last": course.at,
        "every_seconds": course.every.total_seconds(),
        "failures": course.failures,
        "error": course.error or None,
    }
