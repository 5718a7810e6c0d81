"""The package for outages: one sealed envelope for each allocation, each opened by its own code.

A file holds every envelope; a sheet for paper holds the codes, each to be kept sealed by itself. An envelope
opens with the site's passphrase and its own code together: whoever opens one has learned one allocation, and
neither file nor sheet alone tells any. Envelopes are of one size whatever they hold.

Key of an envelope: HMAC-SHA-256(scrypt(passphrase, salt), label ‖ 0 ‖ code); AES-256-GCM, bound to trial,
site and label.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator
from html import escape
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel

from domain.allocation import allocation_list
from domain.errors import Broken, Denied, Invalid, NotFound
from domain.outage import ALLOCATES, UNMASKS
from domain.sealed import Sealed, padded
from projections.as_of import View
from workflows.participant import ARM_WIDTH

FORMAT = "trialog-outage-1"
_COST = {"n": 2**14, "r": 8, "p": 1}
_CODE_BYTES = 15
_SHORTEST = 12

Open = Callable[[Sealed], str]
"""Opens what is sealed, with the store's keys."""


class _Cost(BaseModel):
    salt: str


class _Envelope(BaseModel):
    envelope: str
    nonce: str
    text: str


class _Package(BaseModel):
    format: Literal["trialog-outage-1"]
    trial: str
    site: str
    scrypt: _Cost
    envelopes: list[_Envelope]


class Made(NamedTuple):
    """A package that is made and not yet issued: the file, the sheet of codes, and what the fact names."""

    file: bytes
    codes: dict[str, str]
    site: str
    participants: tuple[str, ...]
    taken: int

    @property
    def sha256(self) -> str:
        """The digest of the file."""
        return hashlib.sha256(self.file).hexdigest()


def make(
    view: View,
    site: str,
    places: int,
    passphrase: str,
    open_sealed: Open,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Made:
    """A package of a site as the trial stands: its randomized participants, and the next places of the list.

    Raises Invalid for a passphrase that is too short.
    """
    if len(passphrase) < _SHORTEST:
        raise Invalid("outage.passphrase", f"the passphrase has fewer than {_SHORTEST} characters")
    trial, taken = view.trial, view.enrolment.allocated
    held = {
        code: known.randomized.allocation
        for code, known in view.participants().items()
        if known.site == site and known.randomized is not None
    }
    arms = {f"{UNMASKS}{code}": open_sealed(sealed) for code, sealed in held.items()}
    if trial.allocation_list is not None and places:
        secret = bytes.fromhex(open_sealed(trial.allocation_list.secret))
        given = allocation_list(secret, trial.allocation_list.parameters)[taken : taken + places]
        arms |= {f"{ALLOCATES}{place}": arm for place, arm in enumerate(given, start=taken + 1)}
    salt = entropy(16)
    master = _master(passphrase, salt)
    codes = {label: _grouped(entropy(_CODE_BYTES)) for label in arms}
    envelopes = []
    for label, arm in arms.items():
        nonce, about = entropy(12), _about(view.trial_id, site, label)
        plain = padded(arm.strip(), ARM_WIDTH).encode()
        text = AESGCM(_key(master, label, codes[label])).encrypt(nonce, plain, about)
        envelopes.append({"envelope": label, "nonce": _text(nonce), "text": _text(text)})
    data = {
        "format": FORMAT,
        "trial": view.trial_id,
        "site": site,
        "taken": taken,
        "scrypt": {**_COST, "salt": _text(salt)},
        "envelopes": envelopes,
    }
    file = (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()
    return Made(file, codes, site, tuple(held), taken)


def opened(file: bytes, envelope: str, passphrase: str, code: str) -> str:
    """The arm in an envelope of a package. Needs no store.

    Raises Invalid for what is no package, NotFound for an envelope that is not in it, Denied when passphrase
    and code do not open it.
    """
    try:
        data = _Package.model_validate_json(file)
        salt = base64.b64decode(data.scrypt.salt)
        found = next((each for each in data.envelopes if each.envelope == envelope), None)
    except ValueError as error:
        raise Invalid("outage.no_package", "the file is no package for outages") from error
    if found is None:
        raise NotFound("outage.no_envelope", f"the package holds no envelope {envelope}")
    key = _key(_master(passphrase, salt), envelope, code)
    about = _about(data.trial, data.site, envelope)
    try:
        nonce, text = base64.b64decode(found.nonce), base64.b64decode(found.text)
        return AESGCM(key).decrypt(nonce, text, about).decode().strip()
    except InvalidTag as error:
        raise Denied("outage.no_fit", f"passphrase and code do not open {envelope}") from error
    except ValueError as error:
        raise Broken("outage.broken", f"envelope {envelope} is damaged") from error


def _master(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, dklen=32, maxmem=64 * 2**20, **_COST)


def _key(master: bytes, label: str, code: str) -> bytes:
    told = "".join(code.split()).replace("-", "").upper()
    return hmac.digest(master, label.encode() + b"\0" + told.encode(), "sha256")


def _about(trial: str, site: str, label: str) -> bytes:
    return f"{FORMAT}|{trial}|{site}|{label}".encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _grouped(data: bytes) -> str:
    code = base64.b32encode(data).decode()
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


# ---------------------------------------------------------------- the sheet for paper

_SHEET = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{package}</title>
<style>
@page {{ size: A4; margin: 18mm }}
body {{ font: 11pt/1.4 "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #000 }}
section {{ break-after: page }}
h1 {{ font-size: 17pt }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; border: .2mm solid #999; padding: 1.5mm 2mm; height: 8mm }}
code {{ font: 16pt "Noto Sans Mono", "DejaVu Sans Mono", monospace }}
</style>
</head>
<body>
<section>
<h1>{package} · {trial} · {site}</h1>
<p>Keep each of the following pages in a sealed envelope of its own, and this page beside them. Open one only
when the system cannot be used and the participant cannot wait; write down here that you did.<br>
以下每页须单独密封保存，本页与其一并存放。仅在系统无法使用且参与者不能等待时开启，并在此登记。</p>
<table><tr><th>Envelope · 信封</th><th>Participant · 参与者</th><th>Opened · 开启</th></tr>
{rows}</table>
</section>
{pages}</body>
</html>
"""
_PAGE = """<section>
<h1>{label} · {package}</h1>
<p>trialog outage open {package}.json {label}</p>
<p>Code · 代码</p>
<p><code>{code}</code></p>
</section>
"""


def sheet(made: Made, package: str, trial: str) -> str:
    """The codes on pages of their own, behind a register of who opened what: self-contained HTML."""

    def rows() -> Iterator[str]:
        for label in made.codes:
            whose = label.removeprefix(UNMASKS) if label.startswith(UNMASKS) else ""
            yield f"<tr><td>{escape(label)}</td><td>{escape(whose)}</td><td></td></tr>\n"

    pages = (
        _PAGE.format(label=escape(label), package=package, code=code) for label, code in made.codes.items()
    )
    return _SHEET.format(
        package=package,
        trial=escape(trial),
        site=escape(made.site),
        rows="".join(rows()),
        pages="".join(pages),
    )
