"""HOURS: whether it is open."""

from __future__ import annotations

from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scripts.interpreter.action import ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.events import Scalar
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register

CLOSED: Final = "closed"


@register
class HoursAction(Action):
    """Go on by what hours of operation say about this moment.

    {"id": "open", "type": "HOURS", "properties": {"profile": "Office"}}

    Effects: none. Sets the variables holiday, opens_date and opens_time. The original product's branches
    for weather, meetings and so on are taken while the hours are set so by hand; like the holiday they go
    on at Closed unless they are connected.
    """

    type: ClassVar = "HOURS"
    name: ClassVar = _("Hours of operation")
    group: ClassVar = Group.FLOW
    description: ClassVar = _(
        "Goes on by whether it is open at this moment. Variables: {{ opens_date }} and {{ opens_time }} of "
        "the next opening, and {{ holiday }}; empty where they are not known."
    )
    properties: ClassVar = (
        PropertySpec(
            name="profile",
            kind=Kind.HOURS,
            label=_("Hours of operation"),
            help=_("The hours that are asked. They are set up in ACD, Contact settings."),
            required=True,
            max_length=100,
        ),
    )
    sets: ClassVar = ("opens_date", "opens_time", "holiday")
    branches: ClassVar = (
        BranchSpec(name="open", label=pgettext_lazy("hours", "Open"), help=_("It is open."), required=True),
        BranchSpec(
            name=CLOSED, label=pgettext_lazy("hours", "Closed"), help=_("It is closed."), required=True
        ),
        BranchSpec(
            name="holiday",
            label=_("Holiday"),
            help=_("It is closed on account of a holiday. Left open: as Closed."),
            instead=CLOSED,
        ),
        BranchSpec(
            name="meeting",
            label=_("Meeting"),
            help=_("Set by hand: closed for a meeting. Left open: as Closed."),
            instead=CLOSED,
        ),
        BranchSpec(
            name="weather",
            label=_("Weather"),
            help=_("Set by hand: closed for the weather. Left open: as Closed."),
            instead=CLOSED,
        ),
        BranchSpec(
            name="emergency",
            label=_("Emergency"),
            help=_("Set by hand: closed for an emergency. Left open: as Closed."),
            instead=CLOSED,
        ),
        BranchSpec(
            name="other",
            label=_("Other"),
            help=_("Set by hand: closed for another reason. Left open: as Closed."),
            instead=CLOSED,
        ),
        BranchSpec(
            name=ERROR, label=_("Error"), help=_("The hours of operation do not exist or are not active.")
        ),
    )
    failures: ClassVar = {
        "hours_unavailable": _("The hours of operation %(hours)s do not exist or are not active.")
    }

    def execute(self, context: Context) -> Outcome:
        name = str(context.values["profile"])
        answer = None if context.catalogue is None else context.catalogue.hours_at(name, context.now)
        if answer is None:
            return Outcome(trouble=Trouble(code="hours_unavailable", params={"hours": name}))
        opens = answer.opens_at
        found: dict[str, Scalar] = {
            "holiday": answer.name,
            "opens_date": opens.date().isoformat() if opens else "",
            "opens_time": f"{opens:%H:%M}" if opens else "",
        }
        return Outcome(branch=answer.state, variables=found, values={"hours": name, **found})
