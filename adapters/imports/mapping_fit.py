"""Whether a mapping fits a protocol: nothing is imported by one that names what the protocol has not."""

from __future__ import annotations

from adapters.imports.mapping import TELLING, Mapping, ReadingForm, Source
from domain.clinical_time import ClinicalTime
from domain.errors import Invalid
from domain.protocol import Protocol


def check_fit(mapping: Mapping, protocol: Protocol) -> None:
    """Raise Invalid where a mapping names what the protocol has not: an item, unit, grade, arm or site."""
    for site in _constants(mapping.participant.site):
        if site not in protocol.site_plans:
            raise _misfit("participant.site", f"the protocol has no site {site}")
    zone = protocol.sites[0].zone
    for name, source in mapping.dates.items():
        if source.value is not None:
            try:
                ClinicalTime.parse(source.value, zone)
            except Invalid as error:
                raise _misfit(f"dates.{name}", error.message) from error
    for step in mapping.steps:
        telling = TELLING.get(step.command)
        if telling is not None:
            for arm in _constants(step.fields[telling]):
                if arm not in protocol.arm_plans:
                    raise _misfit(f"steps.{step.id}.fields.{telling}", f"the protocol has no arm {arm}")
        for form in step.readings:
            _check_reading(form, f"steps.{step.id}.readings.{form.column}", protocol)


def _check_reading(form: ReadingForm, where: str, protocol: Protocol) -> None:
    item = protocol.item_plans.get(form.item)
    if item is None:
        raise _misfit(where, f"the protocol has no item {form.item}")
    if item.is_quantity and item.unit(form.unit) is None:
        known = ", ".join(unit.ucum for unit in item.units)
        raise _misfit(where, f"'{form.unit}' is no unit of {form.item}: the protocol has {known}")
    if not item.is_quantity:
        unknown = [code for code in form.values.values() if item.grade(code) is None]
        if unknown:
            raise _misfit(where, f"the protocol has no grade {', '.join(unknown)} of {form.item}")


def _constants(source: Source) -> tuple[str, ...]:
    return tuple(source.values.values()) if source.value is None else (source.value,)


def _misfit(where: str, message: str) -> Invalid:
    return Invalid("mapping.other_protocol", message, where=where, remedy="Nothing was imported.")
