"""What the interpreter may ask about the organisation."""

from __future__ import annotations

from typing import Protocol


class Catalogue(Protocol):
    """Names that a script may refer to; the caller answers from the database or from memory."""

    def skill_exists(self, name: str) -> bool:
        """Whether an active inbound skill of the script's business unit has this name."""

    def agent_exists(self, username: str) -> bool:
        """Whether an active agent of the script's business unit has this user name."""

    def tag_exists(self, name: str) -> bool:
        """Whether an active tag of the script's business unit has this name."""

    def disposition_exists(self, name: str) -> bool:
        """Whether an active disposition of the script's business unit has this name."""
