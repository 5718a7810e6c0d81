"""A history copied fact by fact, at the same positions, in which what was said of a site reads otherwise."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from adapters.keys.key_file import key_file_of
from domain.casebook import TrialFold
from domain.clinical_time import ClinicalTime, Instant
from domain.fact import Fact
from domain.identifiers import SYSTEM_LOG
from domain.record import Entry, NewFact, Record
from projections.documents import project
from tests.sites.played import SPARED
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import TRIAL

_PRODUCT, _SOURCE, _ITSELF = (
    "the product is the trial's",
    "a source of data is registered for the trial",
    "the trial itself",
)
OF_THE_TRIAL = {
    "lot.bag_returned.v1": _PRODUCT,
    "lot.corrected.v1": _PRODUCT,
    "lot.quarantined.v1": _PRODUCT,
    "lot.registered.v1": _PRODUCT,
    "lot.rejected.v1": _PRODUCT,
    "lot.release_time_corrected.v1": _PRODUCT,
    "lot.released.v1": _PRODUCT,
    "lot.tested.v1": _PRODUCT,
    "originator.registered.v1": _SOURCE,
    "originator.retired.v1": _SOURCE,
    "trial.activated.v1": _ITSELF,
    "trial.allocation_list_sealed.v1": "one list serves all sites",
    "trial.allocation_secret_revealed.v1": "one list serves all sites",
    "trial.archived.v1": _ITSELF,
    "trial.assumptions_confirmed.v1": "the protocol is the trial's",
    "trial.data_cut_named.v1": "a cut is through the whole trial",
    "trial.enrolment_closed.v1": _ITSELF,
    "trial.enrolment_opened.v1": _ITSELF,
    "trial.ethics_approved.v1": "of a protocol version, for the trial",
    "trial.frozen.v1": _ITSELF,
    "trial.locked.v1": _ITSELF,
    "trial.protocol_adopted.v1": "the protocol is the trial's",
    "trial.protocol_amended.v1": "the protocol is the trial's",
    "trial.unlock_requested.v1": _ITSELF,
    "trial.unlocked.v1": _ITSELF,
}
"""What is seen at every site though it was said at one, and why. Any other fact of a site is its own."""

NAMES = frozenset(
    {
        *("account", "delegation", "grant", "contact", "site", "subject", "place", "version"),
        *("visit", "result", "item", "criterion", "episode", "event", "record", "sample", "infusion"),
        *("alert", "correction", "delivery", "feed", "incident", "package", "query", "redaction"),
        *("transcription", "lot", "bag", "position", "first", "last", "begin", "covers", "facts"),
    }
)
"""Fields by which facts name what they are about: these stay, so that the other history hangs together."""


def is_of(site: str, entry: Entry) -> bool:
    """Whether a fact was said at a site, and is no matter of the whole trial, nor one of the other site."""
    is_matter_of_all = entry.record.fact.TOPIC in OF_THE_TRIAL
    return entry.command.attribution.site == site and not is_matter_of_all and entry.record.stream != SPARED


def copied_otherwise(scenario: Scenario, folder: Path, site: str, people: dict[str, str]) -> Scenario:
    """The scenario in a store of its own, where what was said of a site reads otherwise, and its people have
    the other names given.
    """
    folder.mkdir()
    other = Scenario(folder)
    other.app.close()
    shutil.copyfile(key_file_of(scenario.location), key_file_of(other.location))
    other.clock = scenario.clock
    other.app = other.opened()
    for log in (TRIAL, SYSTEM_LOG):
        entries = [_otherwise(each, log, site, people) for each in scenario.app.reading.entries(log)]
        with other.store.writing(log) as transaction:
            fold = TrialFold()
            for command, records in _by_command(entries):
                transaction.append(command, records)
                touched = {change: None for record in records for change in fold.apply(record)}
                transaction.put(project(fold, touched, command.last))
        _signed_as(scenario, other, log)
    return other


def said_again(scenario: Scenario, site: str, further: list[NewFact]) -> None:
    """Let everything that was said at a site be said once more, and further facts with it."""
    said = [each for each in scenario.app.reading.entries(TRIAL) if is_of(site, each)]
    told = [(each.command, NewFact(each.record.stream, *each.record[3:])) for each in said]
    told += [(said[-1].command, each) for each in further]
    with scenario.store.writing(TRIAL) as transaction:
        history = transaction.records_since(0)
        fold, versions = TrialFold().run(history), Counter(each.stream for each in history)
        for number, (command, new) in enumerate(told, start=transaction.head.position + 1):
            versions[new.stream] += 1
            record = Record(number, new.stream, versions[new.stream], *new[1:])
            again = command._replace(
                first=number,
                last=number,
                command_id=f"again-{number}",
                recorded_at=Instant.of(scenario.clock.moment).after(transaction.head.recorded_at),
            )
            transaction.append(again, [record])
            transaction.put(project(fold, dict.fromkeys(fold.apply(record)), number))


def _signed_as(scenario: Scenario, other: Scenario, log: str) -> None:
    """Sign the copy at the sizes at which the other was signed."""
    signing = Signing(other.app)
    for anchor in scenario.store.anchors(log):
        other.store.keep(log, anchor._replace(note=str(signing.note(log, anchor.size))))


def _by_command(entries: list[Entry]) -> Iterator[tuple[Any, list[Any]]]:
    commands = {each.command.first: each.command for each in entries}
    for first, command in commands.items():
        yield command, [each.record for each in entries if first <= each.record.position <= command.last]


def _otherwise(entry: Entry, log: str, site: str, people: dict[str, str]) -> Entry:
    record, command = entry
    by = command.attribution
    named = {**people, **({f"{site}-0": f"{site}-9"} if log == TRIAL else {})}
    stream = _renamed(record.stream, named)
    fact = _read_as(record.fact, named)
    if log == TRIAL and is_of(site, entry):
        record = record._replace(effective_at=ClinicalTime(_other_day(str(record.effective_at))))
        fact = other_words(fact)
        by = replace(by, name=f"{by.name} Other", actor=f"{by.actor}.other", reason_text="for another reason")
    else:
        by = replace(by, actor=_renamed(by.actor, people))
    return Entry(record._replace(stream=stream, fact=fact), command._replace(attribution=by))


def _read_as(fact: Fact, named: dict[str, str]) -> Fact:
    text = fact.model_dump_json()
    renamed = _renamed(text, named)
    return fact if text == renamed else type(fact).model_validate_json(renamed)


def _renamed(text: str, named: dict[str, str]) -> str:
    for one, other in named.items():
        text = text.replace(one, other)
    return text


def other_words(fact: Fact) -> Fact:
    """The fact with every field otherwise that may be and names nothing."""
    told = fact.model_dump(mode="json")
    for name, value in told.items():
        if name in NAMES:
            continue
        for candidate in _candidates(value):
            try:
                fact = type(fact).model_validate_json(json.dumps({**told, name: candidate}))
            except ValidationError:
                continue
            told[name] = candidate
            break
    return fact


def _candidates(value: object) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
        case str():
            yield _other_day(value)
            yield from (f"{value} otherwise", f"{value}9", f"{value}x", value[::-1])
        case [*values] if values:
            yield [next(_candidates(each), each) for each in values]


def _other_day(text: str) -> str:
    return re.sub(r"^(\d{4}-\d\d)-\d\d", r"\1-27", text)
