"""Where a protocol is read from: a file, the name of a bundled one, or a version kept in a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from adapters.cli.place import Place
    from domain.protocol_document import ProtocolDocument
    from domain.trial import Trial


def document_from(source: str) -> ProtocolDocument:
    """The protocol document of a file, or of the bundled protocol of that name. Raises NotFound, Invalid."""
    import protocols
    from adapters.files.protocol_file import read_protocol

    path = Path(source)
    if source in protocols.names() and not path.is_file():
        path = protocols.path_of(source)
    elif path.suffix != ".toml" and "/" not in source and not path.exists():
        raise NotFound(
            "protocol_file.missing",
            f"'{source}' is no file and no bundled protocol",
            remedy=f"Bundled are {', '.join(protocols.names())}.",
        )
    return read_protocol(path)


def version_of(trial: Trial, version: str) -> ProtocolDocument:
    """A version of a trial's protocol, the newest where none is named. Raises NotFound."""
    if not trial.versions:
        raise NotFound("protocol.none", "the trial had no protocol then")
    label = version or trial.versions[-1].version
    try:
        return trial.document(label)
    except KeyError:
        known = ", ".join(each.version for each in trial.versions)
        raise NotFound(
            "protocol.unknown_version",
            f"the trial has no protocol version {label}",
            remedy=f"It has {known}.",
        ) from None


def document_at(place: Place, source: str, version: str) -> ProtocolDocument:
    """The document of a source, or, where none is named, of the trial in the store."""
    if source and version:
        raise Invalid("usage.two_sources", "a file has one version", remedy="Name the file or --version.")
    if source:
        return document_from(source)
    return version_of(place.app.view(place.trial).trial, version)


def document_or_version(place: Place, source: str) -> ProtocolDocument:
    """The document of a version label of the trial in the store, or of a file or bundled protocol."""
    if place.is_named:
        trial = place.app.view(place.trial).trial
        if source in {each.version for each in trial.versions}:
            return version_of(trial, source)
    return document_from(source)
