"""Time stamps of checkpoints by RFC 3161: asked of an authority, verified, and kept.

What is stamped is the SHA-256 of the checkpoint's text. A token says that the tree was so at that time,
whoever holds the log's key since.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC
from typing import NamedTuple
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from adapters.app import App
from adapters.ledger.checkpoints import STAMPED_BY, kept
from domain.clinical_time import Instant
from domain.errors import Broken, Invalid, Unavailable
from domain.ledger.kept import Anchor
from domain.ledger.note import Note

_SECONDS = 30
_LARGEST = 1 << 20


class Stamped(NamedTuple):
    """A time stamp: the token as DER, and the time that the authority put into it."""

    token: bytes
    at: Instant


def stamped(
    url: str, message: bytes, roots: list[Certificate], algorithm: HashAlgorithm = HashAlgorithm.SHA256
) -> Stamped:
    """Have an authority stamp a message's hash under this algorithm, and verify what it answers.

    Raises Unavailable when it does not answer, Broken when its answer is not a stamp of this message by an
    authority under these roots, Invalid for a URL that is not HTTP.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise Invalid("tsa.url", "a time-stamping authority is asked by http or https", where=url)
    builder = TimestampRequestBuilder().data(message).hash_algorithm(algorithm)
    asked = builder.cert_request(cert_request=True).build()
    post = Request(url, asked.as_bytes(), {"Content-Type": "application/timestamp-query"})  # noqa: S310 - checked above
    try:
        with urlopen(post, timeout=_SECONDS) as answer:  # noqa: S310 - checked above
            body = answer.read(_LARGEST)
    except (URLError, OSError) as error:
        raise Unavailable(
            "tsa.unavailable", "the time-stamping authority does not answer", where=url
        ) from error
    try:
        response = decode_timestamp_response(body)
        verifier = VerifierBuilder.from_request(asked)
        for root in roots:
            verifier = verifier.add_root_certificate(root)
        verifier.build().verify_message(response, message)
    except (VerificationError, ValueError) as error:
        raise Broken(
            "tsa.not_stamped", f"the answer is no stamp of this checkpoint: {error}", where=url
        ) from error
    return Stamped(response.time_stamp_token(), Instant.of(response.tst_info.gen_time.astimezone(UTC)))


def timestamp(
    app: App, log: str, url: str, roots: list[Certificate], name: str = ""
) -> tuple[Anchor, Stamped]:
    """Have the newest checkpoint of a log stamped, and keep the token under the authority's name."""
    newest = kept(app, log).checkpoint()
    found = stamped(url, Note.parse(newest.note).text.encode(), roots)
    holder = f"{STAMPED_BY}{name or urlsplit(url).hostname}"
    anchor = Anchor(newest.size, holder, b64encode(found.token).decode(), app.clock.now())
    app.ledger.keep(log, anchor)
    return anchor, found
