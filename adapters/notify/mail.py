"""Mail: one message to one contact over SMTP, and how the server took it."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

from adapters.notify.settings import Mail
from domain.clinical_time import Instant
from domain.delivery import Delivery, Outcome
from projections.notices import Words

SECONDS = 20
Handed = tuple[Outcome, str]
"""How an attempt ended, and its code."""


def message_of(delivery: Delivery, words: Words, settings: Mail, to: str, now: Instant) -> EmailMessage:
    """The message. Every attempt at one delivery has the same Message-ID, by which a repetition is known."""
    message = EmailMessage()
    domain = settings.sender.rpartition("@")[2] or "trialog.invalid"
    message["Message-ID"] = f"<{delivery.delivery}@{domain}>"
    message["From"], message["To"] = settings.sender, to
    message["Subject"] = words.title
    message["Date"] = format_datetime(now.moment)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join((words.title, *words.lines)) + "\n")
    return message


def send(message: EmailMessage, settings: Mail, seconds: float = SECONDS) -> Handed:
    """Hand a message over. What the server or the network refuses for now is deferred."""
    try:
        with _connected(settings, seconds) as server:
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return _judged(min(codes, default=550))
    except smtplib.SMTPResponseException as error:
        return _judged(error.smtp_code)
    except ssl.SSLError:
        return Outcome.DEFERRED, "tls"
    except (smtplib.SMTPException, OSError) as error:
        return Outcome.DEFERRED, type(error).__name__
    return Outcome.ACCEPTED, "250"


def _judged(code: int) -> Handed:
    return (Outcome.REFUSED if 500 <= code < 600 else Outcome.DEFERRED), str(code)


def _connected(settings: Mail, seconds: float) -> smtplib.SMTP:
    if settings.security == "none":
        return smtplib.SMTP(settings.host, settings.port, timeout=seconds)
    trust = ssl.create_default_context(cafile=settings.authorities or None)
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=seconds, context=trust)
    server = smtplib.SMTP(settings.host, settings.port, timeout=seconds)
    try:
        server.starttls(context=trust)
    except BaseException:
        server.close()
        raise
    return server
