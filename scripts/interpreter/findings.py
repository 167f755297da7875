"""What is wrong, or doubtful, in a script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from scripts.interpreter.messages import Message


class Severity(StrEnum):
    """An error stops the publication; a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark about a script.

    `code` is stable and machine-readable. `action_id`, `property_name` and `branch` say where, as far as
    known; `path` is the place in the JSON (`actions[3].x`) of what could not be read.
    """

    code: str
    message: Message
    severity: Severity = Severity.ERROR
    action_id: str | None = None
    property_name: str | None = None
    branch: str | None = None
    path: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def as_json(self) -> dict[str, str | None]:
        """Plain values for an API or a page, the message in the current language."""
        return {
            "severity": self.severity.value,
            "code": self.code,
            "message": str(self.message),
            "action": self.action_id,
            "property": self.property_name,
            "branch": self.branch,
            "path": self.path,
        }


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then by place: the same script always gives the same list."""
    return sorted(
        findings,
        key=lambda finding: (
            not finding.is_error,
            finding.action_id or "",
            finding.property_name or "",
            finding.branch or "",
            finding.code,
            finding.path,
        ),
    )
