"""Why a run failed, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.events import Scalar
from scripts.interpreter.messages import Message, Translatable
from scripts.interpreter.registry import REGISTRY, Registry

ENGINE_FAILURES: Final[Mapping[str, Translatable]] = {
    "no_begin": _("The script has no BEGIN action."),
    "several_begins": _("The script has %(number)s BEGIN actions; it needs exactly one."),
    "action_missing": _("The script leads to the action %(action)s, which is not there."),
    "unknown_action": _("There is no action of the type %(type)s."),
    "bad_property": _("The property %(property)s of the action %(action)s cannot be used."),
    "too_many_steps": _(
        "The script took %(steps)s steps without waiting for anything; it probably goes round in a circle."
    ),
    "too_many_steps_in_all": _("The script took %(steps)s steps in all, which is the most that is allowed."),
    "too_many_texts": _("The script sent %(texts)s texts, which is the most that is allowed."),
    "variables_too_large": _("The variables of the script take more than %(bytes)s bytes."),
    "too_many_calls": _("More than %(calls)s scripts have called each other."),
    "script_gone": _("The script that the action %(action)s calls cannot be read."),
    "cannot_resume": _("The action %(action)s does not wait for anything."),
    "unforeseen": _("The script could not go on, for a reason that is not its own; the server’s log has it."),
    "effect_refused": _("What the action %(action)s asked for could not be done."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why and where a run failed: a code and the gaps of its sentence, to be told in any language."""

    code: str
    action_id: str | None = None
    action_type: str = ""
    params: Mapping[str, Scalar] = field(default_factory=dict)


def explain(failure: Failure, *, registry: Registry = REGISTRY) -> Message:
    """The sentence for a failure, the action's own or else the engine's. The code if neither knows it."""
    action = registry.get(failure.action_type)
    own: Mapping[str, Translatable] = {} if action is None else action.failures
    template = own.get(failure.code) or ENGINE_FAILURES.get(failure.code)
    if template is None:
        return Message(failure.code.replace("%", "%%"), {"action": failure.action_id})
    return Message(template, _Gaps({"action": failure.action_id, **failure.params}))


class _Gaps(dict[str, Scalar]):
    """Gaps of a sentence; one that a stored failure does not fill shows its name instead of raising."""

    def __missing__(self, key: str) -> Scalar:
        return f"({key})"
