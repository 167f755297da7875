"""ONTRANSFER: the contact is transferred."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.registry import register


@register
class OnTransfer(Action):
    """The path from here is taken when an agent hands the contact to another skill or agent.

    {"id": "ontransfer", "type": "ONTRANSFER"}

    Effects: none. Sets the variables agent (the user name) and skill.
    """

    type: ClassVar = "ONTRANSFER"
    name: ClassVar = _("When the contact is transferred")
    group: ClassVar = Group.EVENT
    description: ClassVar = _(
        "The script goes on here when an agent transfers the contact, which waits in its new queue. "
        "Variables: {{ agent }} who transferred it, and {{ skill }}."
    )
    unused_properties: ClassVar = frozenset({"caption"})
    sets: ClassVar = ("agent", "skill")
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("The first thing to do."), required=True),
    )
    is_event: ClassVar = True
    contact_waits: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        return Outcome(values={"agent": context.variables.get("agent")})
