"""ONANSWER: an agent answers."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.registry import register


@register
class OnAnswer(Action):
    """The path from here is taken when an agent accepts the contact.

    {"id": "onanswer", "type": "ONANSWER"}

    Effects: none. Sets the variables agent (the user name) and skill.
    """

    type: ClassVar = "ONANSWER"
    name: ClassVar = _("When an agent answers")
    group: ClassVar = Group.EVENT
    description: ClassVar = _(
        "The script goes on here when an agent accepts the contact; what was running ends. "
        "Variables: {{ agent }} and {{ skill }}."
    )
    unused_properties: ClassVar = frozenset({"caption"})
    sets: ClassVar = ("agent", "skill")
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("The first thing to do."), required=True),
    )
    is_event: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        return Outcome(values={"agent": context.variables.get("agent")})
