"""A trial's protocol as data: the typed model every protocol file is read into.

Nothing about any one trial is in the code; a protocol file says it, and marks each value as registered or
assumed with its source (`domain.protocol_document`). A bad file is refused with the path and the reason.
"""

import re
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from domain.alert_plan import AlertPlan, AlertRule
from domain.clinical_time import zone_of
from domain.consent_rules import Consent
from domain.deviation_rules import DeviationRules
from domain.endpoint import DECOMPENSATION, Endpoint, EndpointKind
from domain.errors import Invalid
from domain.identifiers import Key, SiteId, TrialId, VersionLabel
from domain.item import Item, ItemClass, Panel
from domain.product import Product
from domain.record import Role
from domain.review_rules import CASEBOOK, ReviewRules
from domain.safety_rules import BY_LAW, SafetyRules
from domain.score_rules import DecompensationSign, ScoreRules
from domain.scores import FORMULAS
from domain.spec import Line, Spec, Text, known, unique
from domain.visit_plan import Milestone, Schedule, VisitPlan


class Site(Spec):
    """A trial site, the IANA zone its calendar days are counted in, and whose public holidays it keeps.

    `residency` is the country (ISO 3166) in which the site's data are kept, where that is said.
    `calendar` is a country, with a region where holidays differ by region (ISO 3166, as `CN` or `DE-BE`);
    without one the site's working days are Monday to Friday.
    `codes` is the form of its participants' codes, in which 9 stands for any digit, as `SY01-999`; without
    one any code will do.
    """

    id: SiteId
    name: Text
    zone: str
    calendar: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$")] = ""
    residency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""
    codes: Annotated[str, StringConstraints(pattern=r"^([A-Z0-9][A-Z0-9-]{0,31})?$")] = ""

    def may_give(self, code: str) -> bool:
        """Whether a participant of this site can have that code."""
        form = "".join("[0-9]" if each == "9" else re.escape(each) for each in self.codes)
        return not form or re.fullmatch(form, code) is not None

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            zone_of(zone)
        except Invalid as error:
            raise ValueError(error.message) from error
        return zone


class Arm(Spec):
    """An arm: what is allocated. `route` names how the product is given where that is what differs."""

    id: Key
    name: Text
    route: Key | None = None
    ratio: Annotated[int, Field(ge=1, le=20)] = 1


class Masking(Spec):
    """Who must not learn the allocation."""

    kind: Line
    masked_roles: tuple[Role, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        unique("masked_roles", list(self.masked_roles))
        return self


class Enrolment(Spec):
    """How many are randomized at most, and for how long enrolment is planned."""

    target: Annotated[int, Field(ge=1, le=1_000_000)]
    months: Annotated[int, Field(ge=1)] | None = None


class RandomizationMethod(StrEnum):
    """Where the allocation comes from."""

    PERMUTED_BLOCKS = "permuted_blocks"
    EXTERNAL = "external"


class Randomization(Spec):
    """How participants are allocated. Block sizes count participants and fit the arms' ratio.

    `values` are items that must be known when a participant is randomized. They are results of the visit
    `visit` like any others, collected, queried, corrected and signed as such, and no others.
    """

    method: RandomizationMethod
    block_sizes: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = ()
    values: tuple[Key, ...] = ()
    visit: Key | None = None

    @model_validator(mode="after")
    def _sizes_only_for_blocks(self) -> Self:
        unique("block_sizes", [str(size) for size in self.block_sizes])
        if bool(self.block_sizes) != (self.method is RandomizationMethod.PERMUTED_BLOCKS):
            raise ValueError("block_sizes: permuted blocks need at least one size, other methods take none")
        unique("values", list(self.values))
        if bool(self.values) != (self.visit is not None):
            raise ValueError("values: values collected at randomization name their visit")
        return self


class CriterionKind(StrEnum):
    """Whether a criterion must hold or must not."""

    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


class Criterion(Spec):
    """One eligibility criterion; the answer that admits is yes for inclusion, no for exclusion."""

    id: Key
    kind: CriterionKind
    text: Text

    @property
    def admits(self) -> bool:
        """The answer that lets a participant in."""
        return self.kind is CriterionKind.INCLUSION


class Eligibility(Spec):
    """Age limits in completed years, and the criteria."""

    minimum_age: Annotated[int, Field(ge=0, le=150)] | None = None
    maximum_age: Annotated[int, Field(ge=0, le=150)] | None = None
    criteria: tuple[Criterion, ...] = ()

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        low, high = self.minimum_age, self.maximum_age
        if low is not None and high is not None and low > high:
            raise ValueError(f"minimum_age {low} lies above maximum_age {high}")
        unique("criteria", [each.id for each in self.criteria])
        return self


class Retention(Spec):
    """How long records are kept after the trial's end, and why."""

    years: Annotated[int, Field(ge=1, le=200)]
    basis: Line


class Protocol(Spec):
    """A whole protocol version."""

    trial: TrialId
    organisation_id: str = ""
    version: VersionLabel
    title: Text
    sponsor: Text
    design: Line
    sites: Annotated[tuple[Site, ...], Field(min_length=1)]
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)]
    masking: Masking
    enrolment: Enrolment
    randomization: Randomization
    consent: Consent
    eligibility: Eligibility
    schedule: Schedule
    panels: tuple[Panel, ...]
    items: tuple[Item, ...]
    data_classes: tuple[ItemClass, ...] = ()
    product: Product | None = None
    decompensation: tuple[Key, ...] = ()
    decompensation_signs: tuple[DecompensationSign, ...] = ()
    formulas: tuple[str, ...] = ()
    scores: ScoreRules = Field(default_factory=ScoreRules)
    endpoints: tuple[Endpoint, ...] = ()
    alerts: tuple[AlertPlan, ...] = ()
    review: ReviewRules = Field(default_factory=ReviewRules)
    safety: SafetyRules | None = None
    deviations: DeviationRules = Field(default_factory=DeviationRules)
    retention: Retention

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for name in ("sites", "arms", "panels", "items", "endpoints", "alerts"):
            unique(name, [each.id for each in getattr(self, name)])
        unique("decompensation", list(self.decompensation))
        unique("formulas", list(self.formulas))
        self._names_resolve()
        self._scores_resolve()
        self._blocks_fit()
        self._somebody_gives()
        return self

    def _names_resolve(self) -> None:
        for visit in self.schedule.visits:
            known(f"schedule.visits.{visit.id}.panels", visit.panels, {panel.id for panel in self.panels})
        for panel in self.panels:
            known(f"panels.{panel.id}.items", panel.items, {item.id for item in self.items})
        known("randomization.values", self.randomization.values, {item.id for item in self.items})
        if self.randomization.visit is not None:
            planned = {visit.id for visit in self.schedule.visits}
            known("randomization.visit", (self.randomization.visit,), planned)
        known("data_classes", [each.item for each in self.data_classes], {item.id for item in self.items})
        visits = {visit.id for visit in self.schedule.visits}
        known("review.sign_offs", [each.id for each in self.review.sign_offs], {*visits, CASEBOOK})
        if CASEBOOK in visits:
            raise ValueError(f"schedule.visits.{CASEBOOK}: no visit is called so, it is all of them")
        for endpoint in self.endpoints:
            known(f"endpoints.{endpoint.id}.visits", endpoint.visits, visits)
            if endpoint.kind is EndpointKind.CHANGE:
                measures = {*self.formulas, *(item.id for item in self.items if item.is_quantity)}
                known(f"endpoints.{endpoint.id}.measure", (endpoint.measure,), measures)
            elif endpoint.kind is EndpointKind.INCIDENCE:
                counted = {DECOMPENSATION} if self.decompensation else set()
                known(f"endpoints.{endpoint.id}.measure", (endpoint.measure,), counted)
        if self.product is not None:
            routes = tuple(arm.route for arm in self.arms if arm.route is not None)
            known("arms.route", routes, set(self.product.routes))
        elif self.schedule.anchor is Milestone.INFUSED:
            raise ValueError("schedule.anchor: 'infused' needs a product")
        else:
            for visit in self.schedule.visits:
                if visit.anchor is Milestone.INFUSED:
                    raise ValueError(f"schedule.visits.{visit.id}.anchor: 'infused' needs a product")

    def _scores_resolve(self) -> None:
        known("formulas", self.formulas, set(FORMULAS))
        items = {item.id: item for item in self.items}
        for each in self.scores.inputs:
            where = f"scores.inputs.{each.id.value}"
            known(f"{where}.item", (each.item,), set(items))
            if items[each.item].is_quantity is each.id.is_graded:
                raise ValueError(
                    f"{where}.item: {each.item} is {'measured' if each.id.is_graded else 'graded'}"
                )
            known(
                f"{where}.grades",
                [grade.code for grade in each.grades],
                {grade.code for grade in items[each.item].grades},
            )
        if self.scores.baseline_visit is not None:
            visits = {visit.id for visit in self.schedule.visits}
            known("scores.baseline_visit", (self.scores.baseline_visit,), visits)
        unique("decompensation_signs", [sign.id for sign in self.decompensation_signs])
        for sign in self.decompensation_signs:
            where = f"decompensation_signs.{sign.id}"
            known(where, (sign.id,), set(self.decompensation))
            known(f"{where}.item", (sign.item,), set(items))
            known(f"{where}.present", sign.present, {grade.code for grade in items[sign.item].grades})

    def _blocks_fit(self) -> None:
        total = sum(arm.ratio for arm in self.arms)
        for size in self.randomization.block_sizes:
            if size % total:
                raise ValueError(f"randomization.block_sizes: {size} is no multiple of the arms' sum {total}")

    def _somebody_gives(self) -> None:
        """Who gives the product by the arm's own route knows the arm: that role cannot be masked."""
        if Role.INFUSION_OPERATOR in self.masking.masked_roles and len({arm.route for arm in self.arms}) > 1:
            told = ", ".join(f"{arm.id} by {arm.route or 'any route'}" for arm in self.arms)
            raise ValueError(
                f"masking.masked_roles: the infusion operator cannot be masked where the arms differ in route"
                f" ({told}): who gives the product by its route knows the arm. Mask those who do not give it"
            )

    @cached_property
    def visit_plans(self) -> dict[str, VisitPlan]:
        """The planned visits by id."""
        return {visit.id: visit for visit in self.schedule.visits}

    @cached_property
    def item_plans(self) -> dict[str, Item]:
        """The items by id."""
        return {item.id: item for item in self.items}

    def decompensation_item(self, kind: str) -> Item | None:
        """The item whose grades a type of decompensation has; None where the protocol names no sign of it."""
        signs = {sign.id: sign.item for sign in self.decompensation_signs}
        return self.item_plans[signs[kind]] if kind in signs else None

    @cached_property
    def panel_plans(self) -> dict[str, Panel]:
        """The panels by id."""
        return {panel.id: panel for panel in self.panels}

    @cached_property
    def site_plans(self) -> dict[str, Site]:
        """The sites by id."""
        return {site.id: site for site in self.sites}

    @property
    def safety_rules(self) -> SafetyRules:
        """How fast safety is reported: as the protocol says, or else as the law does."""
        return self.safety or BY_LAW

    @cached_property
    def alert_plans(self) -> dict[AlertRule, tuple[AlertPlan, ...]]:
        """The rules for telling people by what they are about, those that wait less first."""
        found: dict[AlertRule, list[AlertPlan]] = {}
        for plan in self.alerts:
            found.setdefault(plan.rule, []).append(plan)
        return {rule: tuple(sorted(plans, key=lambda plan: plan.wait)) for rule, plans in found.items()}

    @cached_property
    def arm_plans(self) -> dict[str, Arm]:
        """The arms by id."""
        return {arm.id: arm for arm in self.arms}

    def anchor_of(self, visit: VisitPlan) -> Milestone:
        """What this visit's days are counted from."""
        return visit.anchor or self.schedule.anchor
