"""How codes are written, in words for people: what a pattern asks for, with an example.

Whoever types a code in another form is told this sentence instead of the pattern.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from domain.words import alternatives


class Form(NamedTuple):
    """How a code is written, after "this is written as", and one that is written so."""

    words: str
    example: str


_BEGINS = "beginning with a letter or digit"
_NUMBERED = "and a number without leading zeros"

FORMS = {
    # domain.identifiers
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$": Form(
        f"1 to 40 letters, digits, dots, underscores and hyphens, {_BEGINS}", "CB-2026.01"
    ),
    r"^[A-Za-z0-9][A-Za-z0-9-]{0,19}$": Form(f"1 to 20 letters, digits and hyphens, {_BEGINS}", "SY01"),
    r"^[A-Z0-9][A-Z0-9-]{0,31}$": Form(
        "1 to 32 capital letters, digits and hyphens, beginning with a capital letter or digit", "SY01-007"
    ),
    r"^(_system|[A-Za-z0-9][A-Za-z0-9._-]{0,39})$": Form("the id of a trial, or _system", "NCT01234567"),
    r"^[a-z0-9][a-z0-9_.-]{0,47}$": Form(
        "1 to 48 small letters, digits, underscores, dots and hyphens, the first a letter or digit",
        "week-4",
    ),
    r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,39}$": Form(
        f"1 to 40 letters, digits, dots, underscores, spaces and hyphens, {_BEGINS}", "1.0"
    ),
    r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$": Form(
        "a language tag in small letters, with a region or script", "zh-CN"
    ),
    r"^[0-9a-f]{64}$": Form("64 hexadecimal digits in small letters (a SHA-256)", "0f" * 32),
    r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$": Form(
        "the whole id as 'alert list --json' shows it", "7d3c1e1a-0b5f-5c2e-9a41-3f1d2b6c8e90"
    ),
    r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$": Form(
        "small letters and digits, in parts joined by dots, underscores or hyphens, the first a letter",
        "li.wei",
    ),
    # numbered things
    r"^(thawed|started|ended|(paused|resumed)-[1-9][0-9]?)$": Form(
        "thawed, started or ended, or paused- or resumed- and the number of the pause", "paused-1"
    ),
    r"^C-[1-9][0-9]{0,17}$": Form(f"C- {_NUMBERED}", "C-12"),
    r"^T-[1-9][0-9]{0,17}$": Form(f"T- {_NUMBERED}", "T-12"),
    r"^I-[1-9][0-9]{0,17}$": Form(f"I- {_NUMBERED}", "I-12"),
    r"^Q-[1-9][0-9]{0,17}$": Form(f"Q- {_NUMBERED}", "Q-12"),
    r"^(A-[1-9][0-9]{0,6}|U-[A-Za-z0-9-]{1,40})$": Form(
        f"A- {_NUMBERED}, or U- with 1 to 40 letters, digits and hyphens", "A-12"
    ),
    r"^P-[0-9a-f]{12}$": Form("P- and 12 hexadecimal digits in small letters", "P-0123456789ab"),
    r"^feed-[0-9a-f]{12}$": Form("feed- and 12 hexadecimal digits in small letters", "feed-0123456789ab"),
    r"^[0-9a-z.-]{1,60}$": Form("1 to 60 small letters, digits, dots and hyphens", "2026-03-02"),
    r"^[A-Za-z0-9-]{3,60}$": Form(
        "3 to 60 letters, digits and hyphens, as 'deviation list' shows it", "D-0123456789"
    ),
    # others
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$": Form(
        f"1 to 80 letters, digits, dots, underscores and hyphens, {_BEGINS}", "trial-2026-03-02.db"
    ),
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$": Form(
        f"1 to 48 letters, digits, underscores, dots and hyphens, {_BEGINS}", "ediary-7"
    ),
    r"^[A-Z]{2}$": Form("two capital letters, as ISO 3166 has them", "CN"),
    r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$": Form(
        "a country in two capital letters, with or without its region, as ISO 3166 has them", "CN-44"
    ),
    r"^[a-z_]{1,40}$": Form("1 to 40 small letters and underscores", "reason_text"),
    r"^[0-9]+-[a-z_]+$": Form("a fact's position, a hyphen, and the field", "128-reason_text"),
    r"^trialog/[A-Za-z0-9._/-]{1,80}$": Form(
        "trialog/ and 1 to 80 letters, digits, dots, underscores, slashes and hyphens", "trialog/NCT01234567"
    ),
    r"^(alert/[0-9a-f-]{36}/[0-9]{1,3}|digest/[A-Za-z0-9-]+/[0-9-]{10})$": Form(
        "alert/ with its id and level, or digest/ with a contact and a day", "digest/pi-sy01/2026-03-02"
    ),
    r"^(|<|<=|>|>=)$": Form("nothing, or one of <, <=, >, >=", "<="),
    r"^[a-z0-9][a-z0-9_.-]{0,47}(#[1-9][0-9]{0,3})?$": Form(
        "the id of an item, with # and a number where it was measured more than once", "alt#2"
    ),
    r"^[a-z0-9][a-z0-9_.-]{0,47}(/[a-z0-9][a-z0-9#_.-]{0,57})?$": Form(
        "the id of a record, or of a record and one of its fields with a slash between them", "week-4/alt"
    ),
    r"^[a-z0-9#_.-]{0,60}$": Form(
        "the id of a visit or item, at most 60 small letters, digits, underscores, dots, # and hyphens",
        "alt#2",
    ),
    r"^[A-Za-z0-9][A-Za-z0-9._# -]{0,59}$": Form(
        f"1 to 60 letters, digits, dots, underscores, #, spaces and hyphens, {_BEGINS}", "week-4"
    ),
    r"^[a-z][a-z_.-]{1,60}$": Form("the name of a question, as the policy has it", "participant.show"),
    r"^[a-z_]{1,40} ([0-9]{1,9}|not_checked)$": Form(
        "the name of a signal, a space, and how many were seen or not_checked", "late_entries 3"
    ),
    r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$": Form(
        "a public key as it is printed, name+id+base64", "trialog/T-1+0123abcd+AbCd1234=="
    ),
    r"^[A-Za-z0-9+/]{43}=$": Form("a root of the ledger in base64", "A" * 43 + "="),
    r"^[a-z0-9-]{3,20}$": Form("the name of a hash: small letters, digits and hyphens", "sha-256"),
    r"^[,;|\t]$": Form("one of comma, semicolon, bar and tab", ";"),
}
"""Every pattern that a field may have, but for lists of codes, which say themselves what may stand there."""

_OPTIONAL = re.compile(r"\^\((.*)\)\?\$")


def asked_for(pattern: str) -> str:
    """What a pattern asks for, as a sentence without its full stop; "" for a pattern that has no words."""
    codes = alternatives(pattern)
    if codes:
        return f"{'nothing, or ' if re.fullmatch(pattern, '') else ''}one of {', '.join(codes)} is wanted"
    form = FORMS.get(pattern)
    if form is not None:
        return f"this is written as {form.words}, for example {form.example}"
    inner = _OPTIONAL.fullmatch(pattern)
    form = FORMS.get(f"^{inner[1]}$") if inner else None
    return f"nothing, or {form.words}, for example {form.example}, is wanted" if form else ""


_NONE_THERE = {
    "missing": "this is missing",
    "decimal_parsing": "a number with a decimal point is wanted, as 5.4",
    "int_parsing": "a whole number is wanted, as 3",
    "int_from_float": "a whole number is wanted, as 3",
    "extra_forbidden": "there is nothing of this name here",
}
"""What is said where pydantic finds no number, nothing, or too much, by what it calls the fault."""


_LIMITS = {
    "less_than_equal": "{le} at most is wanted",
    "less_than": "less than {lt} is wanted",
    "greater_than_equal": "{ge} at least is wanted",
    "greater_than": "a number greater than {gt} is wanted",
    "too_short": "{min_length} at least is wanted",
    "too_long": "{max_length} at most is wanted",
    "enum": "one of {expected} is wanted",
    "literal_error": "one of {expected} is wanted",
    "string_too_short": "a text of length {min_length} at least is wanted",
    "string_too_long": "a text of length {max_length} at most is wanted",
}
"""The same where a value lies beyond a limit or a list, which the fault has with it."""


def reason_of(fault: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails, whose context has any form
    """What is wrong with a value, from a fault that pydantic found: a form in words, else its own message."""
    kind, context = fault["type"], fault.get("ctx", {})
    pattern = context.get("pattern", "") if kind == "string_pattern_mismatch" else ""
    limit = _LIMITS[kind].format(**context) if kind in _LIMITS and context else ""
    own = str(fault["msg"]).removeprefix("Value error, ")
    limit = limit.replace("'", "").replace(" or ", ", ")  # what may stand there, as in all other lists
    return asked_for(pattern) or _NONE_THERE.get(kind) or limit or own
