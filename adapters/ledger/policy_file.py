"""Where the trust policy of a store is read from."""

from __future__ import annotations

from pathlib import Path

from adapters.keys.key_file import beside
from domain.errors import Invalid, NotFound
from domain.ledger.policy import Policy


def policy_of(store: str, given: str) -> Policy | None:
    """The policy of a file, or the one beside the store; None if there is none. Raises NotFound, Invalid."""
    path = Path(given) if given else beside(store, "policy")
    if not path.is_file():
        if given:
            raise NotFound("policy.none", "there is no policy file", where=given)
        return None
    try:
        return Policy.parse(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise Invalid("policy.malformed", "a policy is lines of text", where=str(path)) from error
    except Invalid as error:
        raise Invalid(
            error.code, error.message, where=f"{path}, {error.where}", remedy=error.remedy
        ) from error
