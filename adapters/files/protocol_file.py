"""A protocol file: TOML as people write and sign it, read into a protocol document.

The file's comments and order are for its readers; the canonical document read from it is what is kept.
"""

from __future__ import annotations

from pathlib import Path

from adapters.calendar import calendar_of
from adapters.files.toml_file import read_toml
from domain.errors import Invalid
from domain.protocol_document import ProtocolDocument, canonical, read_document
from domain.ucum import fault_of

_UNITS = ("ucum", "dose_unit")
"""The fields that name a unit."""


def read_protocol(path: Path) -> ProtocolDocument:
    """Read a protocol file.

    Raises NotFound when there is no such file, and Invalid for everything else that is wrong with it, a site
    whose public holidays nobody knows and a unit that is none of UCUM among that; `where` names the file,
    with the line where the text is no TOML, or with the path of the value.
    """
    parsed = read_toml(path, "protocol_file")
    try:
        return _with_units(_with_calendars(read_document(canonical(parsed))))
    except RecursionError as error:
        raise Invalid("protocol_file.extreme", "a value is nested too deep", where=str(path)) from error
    except Invalid as error:
        where = f"{path}: {error.where}" if error.where else str(path)
        raise Invalid(error.code, error.message, where=where, rule=error.rule, remedy=error.remedy) from error


def _with_calendars(document: ProtocolDocument) -> ProtocolDocument:
    """The document, once every site's public holidays are known."""
    for site in document.protocol.sites:
        calendar_of(site)
    return document


def _with_units(document: ProtocolDocument) -> ProtocolDocument:
    """The document, once every unit in it is one. A document that is in force already is not asked again."""
    for each in document.values:
        fault = fault_of(str(each.value)) if each.path.rpartition(".")[2] in _UNITS else ""
        if fault:
            raise Invalid(
                "protocol_file.unit",
                f"'{each.value}' is no unit of UCUM: {fault}",
                where=each.path,
                remedy="Spellings of laboratories are the unit's aliases.",
            )
    return document
