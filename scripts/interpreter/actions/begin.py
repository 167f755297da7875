"""BEGIN: where a script starts."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.registry import register


@register
class Begin(Action):
    """The first action of every script; there is exactly one.

    {"id": "begin", "type": "BEGIN"}

    Effects: none. The original product hands parameters p1 to p9 over here to scripts that call each other;
    they have no effect in a script that a text message starts.
    """

    type: ClassVar = "BEGIN"
    name: ClassVar = _("Begin")
    group: ClassVar = Group.FLOW
    description: ClassVar = _("Where the script starts when a contact arrives. Every script has exactly one.")
    unused_properties: ClassVar = frozenset({"caption", *(f"p{number}" for number in range(1, 10))})
    sets: ClassVar = ("text", "customer", "number", "skill")
    branches: ClassVar = (
        BranchSpec(
            name=DEFAULT,
            label=_("Default"),
            help=_("The first thing to do."),
            required=True,
        ),
    )
    is_begin: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        return Outcome()
