"""Where messages go: a TOML file beside the store. Addresses and secrets stay out of the history."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.errors import Denied, Invalid
from domain.forms import reason_of
from domain.identifiers import Key, SiteId
from domain.record import Role
from projections.notices import Contact


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Mail(_Table):
    """The mail server. `security` is `tls` from the first byte, `starttls`, or `none` on the same machine."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    sender: str
    security: Literal["tls", "starttls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    authorities: str = ""
    """A file of certificates to trust beside the system's."""


class Webhook(_Table):
    """A web address that takes signed messages. `inner` allows an address inside the house's own network."""

    url: str
    secret: Annotated[str, Field(min_length=16)]
    inner: bool = False


class Person(_Table):
    """Somebody who is told, by mail or by the webhook of that name."""

    name: Key
    role: Role
    site: SiteId | Literal[""] = ""
    email: str = ""
    webhook: str = ""
    language: Literal["en", "zh"] = "en"
    digest: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.email) == bool(self.webhook):
            raise ValueError(f"contact {self.name} has either an email or a webhook")
        return self


class Settings(_Table):
    """All of it. The digest goes out from that hour on, by each site's own clock."""

    mail: Mail | None = None
    webhooks: dict[str, Webhook] = {}
    contacts: tuple[Person, ...] = ()
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 7

    @model_validator(mode="after")
    def _complete(self) -> Self:
        names = [person.name for person in self.contacts]
        if len(set(names)) < len(names):
            raise ValueError("two contacts have the same name")
        for person in self.contacts:
            if person.webhook and person.webhook not in self.webhooks:
                raise ValueError(f"contact {person.name} names no webhook of the file: {person.webhook}")
            if person.email and self.mail is None:
                raise ValueError(f"contact {person.name} needs a mail server")
        return self

    def notified(self) -> tuple[Contact, ...]:
        """The contacts as the questions know them: no address."""
        return tuple(
            Contact(
                each.name,
                each.role,
                each.site,
                "mail" if each.email else "webhook",
                each.language,
                each.digest,
            )
            for each in self.contacts
        )


def settings_file_of(store: str) -> Path:
    """Where the settings of a store lie: where TRIALOG_NOTIFY says, else beside a SQLite file."""
    return Path(os.environ.get("TRIALOG_NOTIFY") or f"{store}.notify.toml")


def read_settings(file: Path) -> Settings:
    """The settings of a file; none when there is no file. Raises Denied when others may read it, Invalid."""
    if not file.exists():
        return Settings()
    if os.name == "posix" and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        what = "the settings hold secrets and may be read by others"
        raise Denied("notify.readable", what, where=str(file), remedy="chmod 600 it.")
    try:
        return Settings.model_validate(tomllib.loads(file.read_text("utf-8")))
    except (ValidationError, ValueError) as error:
        reason = str(error)
        if isinstance(error, ValidationError):
            fault = error.errors()[0]
            place = ".".join(str(part) for part in fault["loc"])
            reason = f"{place}: {reason_of(fault)}".lstrip(": ")
        raise Invalid("notify.settings", reason, where=str(file)) from error
