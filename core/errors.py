"""The one base of every error that a caller may anticipate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise

Text = str | Promise


class DomainError(Exception):
    """Something the caller asked for is impossible, and this says why and what to do.

    `code` is stable and machine-readable, `status` the HTTP status that faces answer with, `fields` maps the
    name of an input to the sentences about it.
    """

    code = "impossible"
    status = 400

    def __init__(
        self,
        message: Text = "",
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[Text]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.fields: dict[str, list[str]] = {
            name: [str(text) for text in texts] for name, texts in (fields or {}).items()
        }


class RuleBroken(DomainError):
    """A value breaks a rule; `fields` says which and what is right."""

    code = "invalid"


class NotAllowed(DomainError, PermissionDenied):
    """The actor lacks the permission; a page that lets this pass answers 403 with the sentence."""

    code = "permission_denied"
    status = 403


class NotFound(DomainError):
    """There is no such object within the actor's reach."""

    code = "not_found"
    status = 404


class Conflict(DomainError):
    """The state of the object does not allow it (any more)."""

    code = "conflict"
    status = 409


class InUse(Conflict):
    """The object cannot be deleted because others refer to it; it can be deactivated."""

    code = "in_use"
