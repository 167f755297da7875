"""ONQUEUETIMEOUT: the contact has waited too long."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.registry import register


@register
class OnQueueTimeout(Action):
    """The path from here is taken when the contact has waited as long as REQAGENT allows.

    {"id": "onqueuetimeout", "type": "ONQUEUETIMEOUT"}

    Effects: none. For all REQAGENT actions whose own branch Timeout leads nowhere. The original product has
    no such event.
    """

    type: ClassVar = "ONQUEUETIMEOUT"
    name: ClassVar = _("When the wait is too long")
    group: ClassVar = Group.EVENT
    description: ClassVar = _(
        "The script goes on here when the contact has waited as long as the timeout of REQAGENT, unless the "
        "branch Timeout of that action leads on. The contact stays in the queue."
    )
    unused_properties: ClassVar = frozenset({"caption"})
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("The first thing to do."), required=True),
    )
    is_event: ClassVar = True
    contact_waits: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        return Outcome()
