"""The page for people in a bundle: what it holds, who made it, what happened, what is withheld and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from adapters.bundle.made import Evidence, Wanted
from adapters.bundle.report_words import CHINESE, ENGLISH, Words
from domain.casebook_record import STATEMENTS
from domain.identifiers import TRIAL_STREAM, participant_stream
from domain.record import Entry
from domain.words import in_chinese
from projections.as_of import View
from projections.audit import line_of
from projections.casebook import signature_rows
from projections.deviations import RULES, deviations
from projections.enrolment import enrolment
from projections.ports import Reading, Unseal

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;width:100%;margin:1em 0}"
    "td,th{border:1px solid #bbb;padding:.25em .5em;text-align:left;vertical-align:top}"
    "th{background:#eee}td{overflow-wrap:anywhere}"
)

Cells = Sequence[object]


def reports(
    reading: Reading, view: View, unseal: Unseal, wanted: Wanted, known: Evidence
) -> dict[str, bytes]:
    """The page in both languages, by file name. `unseal` is the reader's own."""
    stream = participant_stream(wanted.participant) if wanted.participant else None
    entries = list(reading.entries(wanted.trial, stream=stream, upto=wanted.position))
    return {
        f"report.{words.language}.html": _page(words, wanted, [
            ("", _scope(words, wanted, known)),
            (words.counts, _counts(words, view) if not wanted.participant else ""),
            (words.people, _table(words.people_columns, _people(words, entries))),
            (words.timeline, _table(words.timeline_columns, _timeline(words, entries, wanted, known))),
            (words.signatures, _table(words.signature_columns, _signatures(words, reading, view, wanted))),
            (words.deviations, _table(words.deviation_columns, _deviations(words, view, unseal, wanted))),
            (words.withheld, _table(words.withheld_columns, _withheld(words, known)) or words.none),
        ]).encode()
        for words in (ENGLISH, CHINESE)
    }  # fmt: skip


def _page(words: Words, wanted: Wanted, sections: Iterable[tuple[str, str]]) -> str:
    title = escape(words.title.format(trial=wanted.trial))
    body = "".join(
        (f"<h2>{escape(heading)}</h2>\n" if heading else "") + (text or f"<p>{words.none}</p>\n")
        for heading, text in sections
    )
    what = "".join(f"<p>{escape(each)}</p>\n" for each in words.what)
    return (
        f'<!DOCTYPE html>\n<html lang="{words.language}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n{what}{body}</body></html>\n"
    )


def _table(columns: Sequence[str], rows: Iterable[Cells]) -> str:
    """A table; nothing when it would have no rows."""
    lines = ["".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows]
    if not lines:
        return ""
    heading = "".join(f"<th>{escape(each)}</th>" for each in columns)
    body = "".join(f"<tr>{line}</tr>\n" for line in lines)
    return f"<table>\n<tr>{heading}</tr>\n{body}</table>\n"


def _scope(words: Words, wanted: Wanted, known: Evidence) -> str:
    size = wanted.position
    extent = words.part if wanted.participant else words.whole
    reader = words.masked if wanted.masked else words.unmasked
    values = (
        wanted.trial,
        size,
        wanted.as_of,
        extent.format(size=size, participant=wanted.participant),
        reader.format(role=_code(words, wanted.role)),
        known.trial.root,
        known.signed_to or words.nothing_signed,
        f"Trialog {wanted.app_version}",
    )
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>\n"
        for name, value in zip(words.scope_rows, values, strict=True)
    )
    return f"<table>\n{rows}</table>\n"


def _code(words: Words, code: str) -> str:
    """A role or another code as people read it."""
    return in_chinese(code) if words.language == "zh" else code.replace("_", " ")


def _counts(words: Words, view: View) -> str:
    total = enrolment(view)[0]._asdict()
    return _table(list(words.count_names.values()), [[total[name] for name in words.count_names]])


def _people(words: Words, entries: Iterable[Entry]) -> Iterator[Cells]:
    """Who issued how many commands in which role, and when first and last."""
    commands: dict[tuple[str, str, str, str], set[int]] = {}
    times: dict[tuple[str, str, str, str], tuple[str, str]] = {}
    for _, command in entries:
        by, at = command.attribution, str(command.recorded_at)
        who = (by.actor, by.name, _code(words, by.role), by.site)
        commands.setdefault(who, set()).add(command.first)
        times[who] = (times.get(who, (at, at))[0], at)
    for who, (first, last) in sorted(times.items()):
        yield *who, len(commands[who]), first, last


def _timeline(words: Words, entries: Iterable[Entry], wanted: Wanted, known: Evidence) -> Iterator[Cells]:
    """Of a participant every fact; of a whole trial those of the trial itself. Nothing genetic is told."""
    genes = {(place, what) for place, what, ground in known.trial.withheld if ground.ground == "genetic"}
    for entry in entries:
        if wanted.participant or entry.record.stream == TRIAL_STREAM:
            line = line_of(entry, words.language)
            who = f"{line.actor} ({_code(words, line.role)})"
            if (line.position, "fact") in genes:
                line = line._replace(sentence=words.grounds["genetic"])
            if (entry.command.first, "envelope") in genes:
                line = line._replace(reason="")
            yield line.position, line.recorded_at, line.effective_at, who, line.sentence, line.reason


def _signatures(words: Words, reading: Reading, view: View, wanted: Wanted) -> Iterator[Cells]:
    """Every signature with name, time with its zone, and meaning, and whether it still stands."""
    for code in view.records(wanted.participant):
        for each in signature_rows(reading, view, code):
            statement = STATEMENTS[each.meaning][1 if words.language == "zh" else 0]
            meaning = f"{_code(words, each.meaning)}: {statement}"
            who = (each.name, _code(words, each.role), each.signed_at)
            yield each.position, code, each.record, *who, meaning, words.stands[each.stands]


def _deviations(words: Words, view: View, unseal: Unseal, wanted: Wanted) -> Iterator[Cells]:
    if not view.trial.versions:
        return
    for each in deviations(view, unseal, wanted.participant):
        rule = RULES[each.rule]
        told = rule.zh if words.language == "zh" else rule.en
        classified = _code(words, each.classification.classification) if each.classification else ""
        yield each.participant, each.on, told, each.detail, classified


def _withheld(words: Words, known: Evidence) -> Iterator[Cells]:
    for position, what, ground in known.trial.withheld:
        yield position, words.parts[what], words.grounds[ground.ground].format(by=ground.by)
