"""Commands: what people ask for. Three kinds, told apart by name.

A *step* is still to be taken (`Randomize`, `StartInfusion`): what the protocol forbids is refused.
A *report* says what has happened (`RecordVisit`, `RecordDeath`): it is recorded whatever the rules say, and a
departure from the protocol then shows by itself. A report is refused only when it cannot be placed at all:
an unknown participant, a time in the future, a value that cannot be read, or the same fact once more.
What is *untimed* (`CorrectResult`) asks for no time: it stands at the present, or where what it corrects
stands.
"""

import hashlib
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, TrialogError
from domain.forms import reason_of
from domain.identifiers import ParticipantCode
from domain.record import Attribution

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
"""What people say in words of their own."""

Phrase = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
"""The same in a line."""


class Command(BaseModel):
    """Something asked for. KIND names it for good, as in the journal: `participant.randomize`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    KIND: ClassVar[str]
    SEALED: ClassVar[frozenset[str]] = frozenset()
    """Fields that would tell an allocation. The fingerprint leaves them out: a hash of one of two arms is no
    secret, and it stands in the journal in clear.
    """

    ANY_TIME: ClassVar[bool] = False
    """Whether it may be issued whatever the trial's status: what it records is no trial data, as an alert."""

    WHILE_FROZEN: ClassVar[bool] = False
    """Whether it may be issued while the trial is frozen: it reviews data and enters none, as a query."""

    SIGNS: ClassVar[bool] = False
    """Whether issuing it is an electronic signature: the person is authenticated anew for it."""

    RESTORES: ClassVar[bool] = False
    """Whether it may be issued in a store that is behind its signer, where every other is refused."""

    AUTHENTICATES: ClassVar[bool] = False
    """Whether it shows by itself who issues it, as a sign-in does: no session is asked for."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_kwargs: Any) -> None:
        if "KIND" in cls.__dict__:
            known = COMMANDS.setdefault(cls.KIND, cls)
            if known is not cls:
                raise TypeError(f"{cls.KIND} names {known.__qualname__} and {cls.__qualname__}")

    def fingerprint(self) -> str:
        """A hash of what is asked, by which a repeated command is told from another under the same id."""
        serializer, sealed = self.__pydantic_serializer__, self.SEALED
        text = serializer.to_json(self, exclude=set(sealed)) if sealed else serializer.to_json(self)
        return hashlib.sha256(self.KIND.encode() + b"\0" + text).hexdigest()


COMMANDS: dict[str, type[Command]] = {}


class Step(Command):
    """Something still to be done, now or at `at`. The protocol may refuse it."""

    at: ClinicalTime | None = None


class Report(Command):
    """Something that has happened, at `at`. It is recorded."""

    at: ClinicalTime


class Untimed(Command):
    """Something that takes no time: it stands at the present, or at the time of what it puts right."""


class OfSystem(Command):
    """A command to the system log, which is of no trial: accounts, and the checkpoints of every log."""

    ANY_TIME = True


class OfAnyLog(Command):
    """A command to a log about itself, whichever it is: a trial's or the system's."""

    ANY_TIME = True


class OnParticipant(Command):
    """A command about one participant."""

    participant: ParticipantCode


class Issue(NamedTuple):
    """A command as issued: by whom, why, and under which id it may be repeated without effect."""

    command: Command
    by: Attribution
    command_id: str = ""
    correlation_id: str = ""
    causation_id: str = ""


C = TypeVar("C", bound=Command)


class Receipt(NamedTuple):
    """What became of a command: the positions of its facts, 0 and 0 where nothing had to change.

    `repeated` says that the command had been stored before and nothing was done now.
    """

    command_id: str
    first: int
    last: int
    repeated: bool = False


class Fault(NamedTuple):
    """Why a group of commands did not stand: the place in the group of the command refused, and the error."""

    place: int
    error: TrialogError


def command_from(kind: str, fields: dict[str, Any]) -> Command:
    """The command of that kind with those fields. Raises Invalid naming each wrong field."""
    cls = COMMANDS.get(kind)
    if cls is None:
        raise Invalid("command.unknown", f"'{kind}' is no command")
    return checked(cls, **fields)


def checked(cls: type[C], **fields: Any) -> C:
    """A command of that class, with fields that people typed. Raises Invalid naming each wrong field."""
    try:
        return cls.model_validate(fields)
    except ValidationError as error:
        raise Invalid("command.invalid", fault_line(error), where=cls.KIND) from error


def fault_line(error: ValidationError) -> str:
    """The faults of a validation in one line, each with its field."""
    faults = []
    found = error.errors(include_url=False)
    for fault in found:
        if fault["type"] == "too_short" and any(each["loc"][:-1] == fault["loc"] for each in found):
            continue  # what stood there was wrong itself, and was told
        field = ".".join(str(part) for part in fault["loc"])
        reason = reason_of(fault)
        given = "" if fault["type"] == "missing" else f" (given: {_as_typed(fault['input'])[:60]!r})"
        faults.append(f"{field}: {reason}{given}" if field else f"{reason}{given}")
    return "; ".join(faults)


def _as_typed(given: object) -> str:
    """A value as people gave it: several with a space between them, as on a command line."""
    return " ".join(map(str, given)) if isinstance(given, list | tuple) else str(given)
