"""ONRELEASE: the agent ends the contact."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.registry import register


@register
class OnRelease(Action):
    """The path from here is taken once, when the agent ends the contact.

    {"id": "onrelease", "type": "ONRELEASE"}

    Effects: none. Sets the variables agent (the user name) and skill.
    """

    type: ClassVar = "ONRELEASE"
    name: ClassVar = _("When the contact ends")
    group: ClassVar = Group.EVENT
    description: ClassVar = _(
        "The script goes on here when the agent ends the contact. Variables: {{ agent }} and {{ skill }}."
    )
    unused_properties: ClassVar = frozenset({"caption"})
    sets: ClassVar = ("agent", "skill")
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("The first thing to do."), required=True),
    )
    is_event: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        return Outcome(values={"agent": context.variables.get("agent")})
