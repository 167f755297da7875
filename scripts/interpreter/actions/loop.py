"""LOOP: go round a number of times."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scripts.interpreter.action import Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register

REPEAT: Final = "repeat"
FINISHED: Final = "finished"


@register
class Loop(Action):
    """Go on at Repeat the first times it is passed, then at Finished.

    {"id": "thrice", "type": "LOOP", "properties": {"count": 3, "variable": "round"}}

    Effects: none. The variable holds the round, 1 for the first; when the rounds are over it is 0 again, so
    that the loop can be entered anew.
    """

    type: ClassVar = "LOOP"
    name: ClassVar = _("Loop")
    group: ClassVar = Group.FLOW
    description: ClassVar = _(
        "Goes on at Repeat a number of times, then at Finished. Lead the end of what is to be repeated "
        "back here."
    )
    properties: ClassVar = (
        PropertySpec(
            name="count",
            kind=Kind.INTEGER,
            label=pgettext_lazy("rounds of a loop", "Times"),
            help=_("How often, from 1 to 1000."),
            default=3,
            minimum=1,
            maximum=1_000,
        ),
        PropertySpec(
            name="variable",
            kind=Kind.VARIABLE,
            label=_("Variable"),
            help=_("Holds the number of the round. Empty: a name of its own."),
            max_length=40,
        ),
    )
    branches: ClassVar = (
        BranchSpec(name=REPEAT, label=_("Repeat"), help=_("Another round."), required=True),
        BranchSpec(name=FINISHED, label=_("Finished"), help=_("The rounds are over."), required=True),
    )
    breaks_cycles: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        name = str(context.values["variable"] or "loop_" + re.sub(r"\W", "_", context.action_id))
        before, count = context.variables.get(name), context.values["count"]
        passed = before if isinstance(before, int) and before > 0 else 0
        if isinstance(count, int) and passed < count:
            return Outcome(branch=REPEAT, variables={name: passed + 1}, values={"round": passed + 1})
        return Outcome(branch=FINISHED, variables={name: 0})
