"""What every formula has, and how it takes its inputs: each accepted, missing, or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from domain.scores.arithmetic import PRECISE, told
from domain.scores.inputs import Quantity, ScoreInputs
from domain.scores.reading import ENDLESS, Impossible, Span, read, shown
from domain.scores.result import DIALYSIS_UNKNOWN, Score, Used

SEXES = ("female", "male")
ASCITES = ("none", "mild", "moderate", "severe")
ENCEPHALOPATHY = range(5)


@dataclass(frozen=True, slots=True)
class Formula:
    """A score under its id: the inputs it may need, the conventions it keeps, and the computation.

    Whoever stores a score stores the id with it; the conventions follow from the id.
    """

    id: str
    title: str
    inputs: tuple[str, ...]
    conventions: tuple[str, ...]
    compute: Callable[[Intake], Score] = field(repr=False)

    def score(self, inputs: ScoreInputs) -> Score:
        """The score these inputs make. Always answers: a missing or bad input gives no value and says why."""
        with localcontext(PRECISE):
            return self.compute(Intake(self.id, inputs))


@dataclass(frozen=True, slots=True)
class Bounded:
    """How a formula takes a quantity: in which unit, and between which bounds.

    `own` is how many of the analyte's own unit one of this unit is.
    """

    name: str
    unit: str = ""
    own: Decimal = Decimal(1)
    low: Decimal = Decimal(0)
    high: Decimal = ENDLESS

    def clamp(self, value: Decimal) -> Decimal:
        """The value within the bounds."""
        return min(max(value, self.low), self.high)


@dataclass(frozen=True, slots=True)
class Bands:
    """Two limits and the points below, between and above; both limits belong to the middle."""

    name: str
    lower: Decimal
    upper: Decimal
    points: tuple[int, int, int]

    def of(self, span: Span) -> int | None:
        """The points of a report, None if it reaches over a limit."""
        below, between, above = self.points
        if span.is_below(self.lower):
            return below
        if span.is_above(self.upper):
            return above
        return between if span.low >= self.lower and span.high <= self.upper else None


class Intake:
    """The inputs of one score on their way into its formula.

    Every way of taking an input answers None when it is missing or bad and keeps why. So a formula asks for
    all it needs first, and whoever reads the answer learns of everything that is wrong at once.
    """

    def __init__(self, formula: str, inputs: ScoreInputs) -> None:
        self._formula = formula
        self._inputs = inputs
        self._used: list[Used] = []
        self._missing: list[str] = []
        self._errors: list[str] = []
        self._flags: list[str] = []

    def bounded(self, how: Bounded) -> Decimal | None:
        """A quantity converted and clamped. A `<` or `>` is taken where the bounds make it certain."""
        span = self._needed(how.name)
        if span is None:
            return None
        low, high = span.low / how.own, span.high / how.own
        value = how.clamp(low)
        if value != how.clamp(high):
            self._open(how.name)
            return None
        if low < how.low:
            why = "lower bound"
        elif high > how.high:
            why = "upper bound"
        else:
            why = ""
        self._use(how.name, value, how.unit, why)
        return value

    def creatinine(self, how: Bounded) -> Decimal | None:
        """Creatinine, set to its upper bound by dialysis whatever was measured, even if nothing was."""
        if self._inputs.dialysis is None:
            self._flags.append(DIALYSIS_UNKNOWN)
        if not self._inputs.dialysis:
            return self.bounded(how)
        self.check(how.name)
        self._use(how.name, how.high, how.unit, "dialysis")
        return how.high

    def points(self, bands: Bands) -> int | None:
        """The points of a quantity. A `<` or `>` is taken where it falls into one band."""
        span = self._needed(bands.name)
        if span is None:
            return None
        points = bands.of(span)
        if points is None:
            self._open(bands.name)
        else:
            self._use(bands.name, Decimal(points), "", "points")
        return points

    def is_female(self, coefficient: Decimal) -> bool | None:
        """Whether the sex is female, which counts `coefficient`."""
        place = self._place("sex", SEXES, self._inputs.sex or None)
        if place is None:
            return None
        female = SEXES[place] == "female"
        self._use("sex", coefficient if female else Decimal(0), "", "coefficient")
        return female

    def ascites(self, points: tuple[int, ...]) -> int | None:
        """The points of ascites from none to severe."""
        return self._graded("ascites", points, self._place("ascites", ASCITES, self._inputs.ascites or None))

    def encephalopathy(self, points: tuple[int, ...]) -> int | None:
        """The points of encephalopathy from grade 0 to 4."""
        place = self._place("encephalopathy", ENCEPHALOPATHY, self._inputs.encephalopathy)
        return self._graded("encephalopathy", points, place)

    def step(self, name: str, value: Decimal) -> None:
        """Keep a number that the formula arrived at on its way."""
        self._used.append(Used(name, "", value, "", "step"))

    def check(self, name: str) -> None:
        """Refuse an impossible quantity even where its value does not count this time."""
        quantity: Quantity | None = getattr(self._inputs, name)
        if quantity is not None and quantity.value.strip():
            self._read(name, quantity)

    def scored(self, value: Decimal, raw: Decimal, grade: str | None = None) -> Score:
        """The score, unless an input was missing or bad."""
        if self._missing or self._errors:
            return self.unscored()
        return Score(self._formula, value, grade, told(raw), tuple(self._used), (), tuple(self._flags))

    def unscored(self) -> Score:
        """Why there is no score."""
        error = "; ".join(self._errors) or None
        return Score(self._formula, used=tuple(self._used), missing=tuple(self._missing), error=error)

    def _needed(self, name: str) -> Span | None:
        quantity: Quantity | None = getattr(self._inputs, name)
        if quantity is None or not quantity.value.strip():
            self._missing.append(name)
            return None
        return self._read(name, quantity)

    def _read(self, name: str, quantity: Quantity) -> Span | None:
        try:
            return read(name, quantity)
        except Impossible as error:
            self._errors.append(str(error))
            return None

    def _open(self, name: str) -> None:
        report = shown(str(getattr(self._inputs, name)))
        self._errors.append(f"{name} {report} leaves the result open: the number itself is needed")

    def _place(self, name: str, known: tuple[str, ...] | range, given: str | int | None) -> int | None:
        if given is None:
            self._missing.append(name)
            return None
        if given not in known or isinstance(given, bool):
            choices = ", ".join(map(str, known))
            self._errors.append(f"{name} '{shown(str(given))}' is not known: write one of {choices}")
            return None
        return known.index(given)  # type: ignore[arg-type]

    def _graded(self, name: str, points: tuple[int, ...], place: int | None) -> int | None:
        if place is None:
            return None
        self._use(name, Decimal(points[place]), "", "points")
        return points[place]

    def _use(self, name: str, value: Decimal, unit: str, why: str) -> None:
        given = getattr(self._inputs, name)
        self._used.append(Used(name, "" if given is None else str(given), value, unit, why))
