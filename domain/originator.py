"""The register of originators: the devices and machine sources that data of a trial may come from (AT-09)."""

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.record import Record
from domain.replacing import replace

ORIGINATOR_STREAM = "originators/all"

Source = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$")]
"""An originator: a device or a machine source, as `ediary-7` or `central-lab`."""


def source_of(origin_id: str) -> str:
    """The originator that the origin of a fact names: what stands before a colon or a space."""
    return origin_id.partition(":")[0].partition(" ")[0]


class OriginatorRegistered(Fact):
    """Data may come from this device or source. `about` says what it is: maker, model and serial number."""

    TOPIC = "originator.registered.v1"
    EN = "Originator {source} ({kind}) registered: {about}"
    ZH = "登记数据来源 {source}（{kind}）：{about}"
    source: Source
    kind: Annotated[str, StringConstraints(pattern=r"^(device|import)$")]
    about: FreeText


class OriginatorRetired(Fact):
    """No further data come from it; what came stays."""

    TOPIC = "originator.retired.v1"
    EN = "Originator {source} retired: {reason}"
    ZH = "停用数据来源 {source}：{reason}"
    source: Source
    reason: FreeText


class Originator(NamedTuple):
    """One originator, since when it is registered, and when it was retired."""

    source: str
    kind: str
    about: str
    since: Happened
    retired: Happened | None = None


@dataclass(frozen=True, slots=True)
class Originators:
    """Every originator of a trial, by its name."""

    known: dict[str, Originator] = field(default_factory=dict)


def evolve(originators: Originators | None, record: Record) -> Originators:
    """The register after one more fact. Total: what it does not know changes nothing."""
    now, fact = originators or Originators(), record.fact
    when = record.happened
    match fact:
        case OriginatorRegistered():
            made = Originator(fact.source, fact.kind, fact.about, when)
            return replace(now, known={**now.known, fact.source: made})
        case OriginatorRetired() if fact.source in now.known:
            ended = now.known[fact.source]._replace(retired=when)
            return replace(now, known={**now.known, fact.source: ended})
    return now
