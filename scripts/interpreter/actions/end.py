"""END: end the script."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import Action, Context, Group, Outcome
from scripts.interpreter.registry import register


@register
class End(Action):
    """End the script, not the contact.

    {"id": "end", "type": "END"}

    Effects: none. A contact in a queue stays there; one that never came to a queue is closed by the caller.
    """

    type: ClassVar = "END"
    name: ClassVar = _("End the script")
    group: ClassVar = Group.FLOW
    description: ClassVar = _(
        "Ends the script. A contact that waits for an agent or is with one stays there; "
        "one that came to no queue is closed without a text."
    )
    terminates: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        return Outcome(ends=True)
