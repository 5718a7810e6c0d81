"""Values that lie encrypted inside a fact: the allocation, and whatever would tell it.

The fact keeps its shape whether or not the reader holds the key, so a masked copy verifies like any other.
"""

from pydantic import BaseModel, ConfigDict

from domain.errors import Invalid

ALLOCATION = "allocation"
"""The key scope of everything that tells a participant's arm."""


def padded(text: str, width: int) -> str:
    """The text with spaces up to `width` bytes of UTF-8: its ciphertext has one length. Raises Invalid."""
    length = len(text.encode())
    if length > width:
        raise Invalid("seal.too_long", f"what is sealed here may have {width} bytes, not {length}")
    return text + " " * (width - length)


class Sealed(BaseModel):
    """An encrypted text: its key scope, a random nonce and the ciphertext with its tag, both base64.

    Texts sealed for the same purpose are padded to one length before encryption, so size tells nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    scope: str
    nonce: str
    text: str

    def __str__(self) -> str:
        return "▮▮▮"
