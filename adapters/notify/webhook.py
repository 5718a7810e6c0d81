"""Webhooks: one signed message to one address, which is checked before it is connected to.

The address of the settings is resolved here and connected to as resolved, so that a name cannot lead to the
house's own network; and a redirection is not followed, for the same reason.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
from contextlib import closing
from urllib.parse import urlsplit

from adapters.notify.settings import Webhook
from domain.clinical_time import Instant
from domain.delivery import Delivery, Outcome
from projections.notices import Words

SECONDS = 20


def body_of(delivery: Delivery, words: Words) -> bytes:
    """The message as JSON; every attempt at one delivery has the same."""
    told = {
        "delivery": delivery.delivery,
        "subject": delivery.subject,
        "title": words.title,
        "lines": words.lines,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def signature(secret: str, moment: Instant, body: bytes) -> str:
    """HMAC-SHA-256 over the time and the body, as `t=<seconds>,v1=<hex>`."""
    seconds = int(moment.moment.timestamp())
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


def post(
    delivery: Delivery, words: Words, settings: Webhook, now: Instant, seconds: float = SECONDS
) -> tuple[Outcome, str]:
    """Hand a message over. A redirection or an inner address is refused; a fault over there is deferred."""
    url = urlsplit(settings.url)
    body = body_of(delivery, words)
    try:
        address = _address(url.hostname or "", url.port or (443 if url.scheme == "https" else 80), settings)
    except OSError:
        return Outcome.DEFERRED, "unresolved"
    if address is None or url.scheme not in ("http", "https"):
        return Outcome.REFUSED, "inner_address"
    headers = {
        "Host": url.netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "Idempotency-Key": delivery.delivery,
        "Trialog-Signature": signature(settings.secret, now, body),
    }
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        with closing(_connection(url.scheme, url.hostname or "", address, seconds)) as connection:
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return Outcome.DEFERRED, type(error).__name__
    if 200 <= status < 300:
        return Outcome.ACCEPTED, str(status)
    if 300 <= status < 400:
        return Outcome.REFUSED, f"redirect {status}"
    return (Outcome.REFUSED if status in (400, 401, 403, 404, 410, 413) else Outcome.DEFERRED), str(status)


def _address(host: str, port: int, settings: Webhook) -> tuple[str, int] | None:
    """Where to connect; None when the name leads inside and the settings do not allow that."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not settings.inner and not all(ipaddress.ip_address(each).is_global for each in addresses):
        return None
    return addresses[0], port


def _connection(
    scheme: str, host: str, address: tuple[str, int], seconds: float
) -> http.client.HTTPConnection:
    """A connection to the address that was checked, whatever the name resolves to a moment later."""
    connection = http.client.HTTPConnection(host, address[1], timeout=seconds)
    plain = socket.create_connection(address, timeout=seconds)
    try:
        secure = ssl.create_default_context()
        connection.sock = secure.wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
    except OSError:
        plain.close()
        raise
    return connection
