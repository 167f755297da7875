"""WAIT: do nothing for a while."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, BranchSpec, Context, Group, Outcome, Wait, WaitingAction
from scripts.interpreter.events import WakeUp
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register

LONGEST_SECONDS: Final = 7 * 24 * 3600


@register
class WaitAction(WaitingAction):
    """Stay here for a number of seconds.

    {"id": "minute", "type": "WAIT", "properties": {"seconds": 60}}

    Effects: none. No process waits: the run is a row with a deadline.
    """

    type: ClassVar = "WAIT"
    name: ClassVar = _("Wait")
    group: ClassVar = Group.FLOW
    description: ClassVar = _(
        "Waits before it goes on. A contact in a queue stays there meanwhile; "
        "when an agent answers, what is left of the script ends unless an event takes over."
    )
    properties: ClassVar = (
        PropertySpec(
            name="seconds",
            kind=Kind.NUMBER,
            label=_("Seconds"),
            help=_("How long, from 1 second to 7 days (604800)."),
            minimum=1,
            maximum=LONGEST_SECONDS,
            decimals=1,
            required=True,
        ),
    )
    branches: ClassVar = (BranchSpec(name=DEFAULT, label=_("Default"), help=_("The time is over.")),)

    def execute(self, context: Context) -> Outcome:
        seconds = context.values["seconds"]
        pause = timedelta(seconds=float(seconds) if isinstance(seconds, Decimal) else 1)
        return Outcome(wait=Wait(until=context.now + pause), values={"seconds": pause.total_seconds()})

    def resume(self, context: Context, event: WakeUp) -> Outcome:
        return Outcome()
