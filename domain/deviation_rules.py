"""How a protocol has its deviations handled: by when they are weighed, and told to the ethics committee."""

from typing import Annotated

from pydantic import Field

from domain.spec import Spec

Days = Annotated[int, Field(ge=1, le=366)]


class DeviationRules(Spec):
    """The times for handling a deviation, in calendar days to the end of the last one.

    It is weighed within `classify_days` of the day it is about. Once it is held critical or major, it is told
    to the ethics committee within `critical_days` or `major_days`; None: not by a time of its own. One made
    to avert an immediate hazard is notified within `hazard_days` of being explained so (ICH E6(R2) 4.5.4 has
    "as soon as possible", 21 CFR 812.150(a)(4) five days). With `omitted_assessments`, a visit lacking an
    item of its panels once entries are late is a deviation.
    """

    classify_days: Days = 30
    critical_days: Days | None = 7
    major_days: Days | None = 30
    hazard_days: Days = 5
    omitted_assessments: bool = False


USUAL = DeviationRules()
"""The rules of a protocol that names none of its own."""
