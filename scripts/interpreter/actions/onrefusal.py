"""ONREFUSAL: an agent refuses the contact, or lets it pass."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.registry import register


@register
class OnRefusal(Action):
    """The path from here is taken each time an agent refuses the contact or does not answer in time.

    {"id": "onrefusal", "type": "ONREFUSAL"}

    Effects: none. Sets the variables agent (the user name), skill and reason (refused or expired). The
    original product has no such event.
    """

    type: ClassVar = "ONREFUSAL"
    name: ClassVar = _("When an agent refuses")
    group: ClassVar = Group.EVENT
    description: ClassVar = _(
        "The script goes on here each time an agent refuses the contact or lets the refusal timeout pass. "
        "The contact keeps its place in the queue. Variables: {{ agent }}, {{ skill }} and {{ reason }}, "
        "which is refused or expired."
    )
    unused_properties: ClassVar = frozenset({"caption"})
    sets: ClassVar = ("agent", "skill", "reason")
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("The first thing to do."), required=True),
    )
    is_event: ClassVar = True
    contact_waits: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        return Outcome(values={name: context.variables.get(name) for name in ("agent", "reason")})
