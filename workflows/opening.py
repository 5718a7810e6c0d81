"""When a trial's log is open to a kind of command."""

from __future__ import annotations

from domain.errors import Refused
from domain.trial import TrialStatus
from workflows.command import Command, Report


def open_for(kind: type[Command] | None, status: TrialStatus) -> None:
    """Nothing but the trial's own commands before activation, no data while frozen, nothing while locked.

    None stands for a kind that is not known. Raises Refused.
    """
    if kind is not None and (kind.ANY_TIME or kind.KIND.startswith("trial.")):
        return
    match status:
        case TrialStatus.ACTIVE:
            return
        case TrialStatus.FROZEN if kind is not None and kind.WHILE_FROZEN:
            return
        case TrialStatus.FROZEN | TrialStatus.LOCKED | TrialStatus.ARCHIVED:
            raise Refused(
                f"trial.{status}",
                f"the trial is {status}: no data are entered",
                remedy="Unlock it, with a reason.",
            )
    what = "recorded" if kind is not None and issubclass(kind, Report) else "done"
    raise Refused(
        "trial.not_active", f"the trial is not active, so nothing can be {what}", remedy="Activate it."
    )
