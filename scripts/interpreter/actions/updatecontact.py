"""UPDATECONTACT: change how a contact waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.effects import UpdateContact
from scripts.interpreter.messages import Message, Translatable
from scripts.interpreter.properties import Kind, PropertyFault, PropertySpec, PropertyValue
from scripts.interpreter.registry import register


def _points(name: str, label: Translatable, help_text: Translatable) -> PropertySpec:
    return PropertySpec(
        name=name, kind=Kind.NUMBER, label=label, help=help_text, minimum=0, maximum=1000, decimals=3
    )


def _proficiency(name: str, label: Translatable, help_text: Translatable) -> PropertySpec:
    return PropertySpec(name=name, kind=Kind.INTEGER, label=label, help=help_text, minimum=1, maximum=20)


_PROPERTIES: Final = (
    _points(
        "priority",
        _("Priority"),
        _("Points the contact entered the queue with, from 0 to 1000. Empty: as it is."),
    ),
    _points(
        "acceleration",
        _("Acceleration"),
        _("Points per minute since it entered the queue, from 0 to 1000. Empty: as it is."),
    ),
    _points(
        "max_priority",
        _("Maximum priority"),
        _("Points at which the priority stops growing, from 0 to 1000. Empty: as it is."),
    ),
    _proficiency(
        "high_proficiency",
        _("Highest proficiency"),
        _("Best proficiency that is asked; 1 is the best there is. Empty: as it is."),
    ),
    _proficiency(
        "low_proficiency",
        _("Lowest proficiency"),
        _("Least proficiency that is asked; 20 is the least there is. Empty: as it is."),
    ),
)


@register
class UpdateContactAction(Action):
    """Change the priority of a contact that waits, or the range of proficiency that is asked.

    {"id": "widen", "type": "UPDATECONTACT", "properties": {"low_proficiency": 20, "acceleration": 5}}

    Effects: UpdateContact. The contact keeps its age: the new numbers count from when it entered the queue.
    Unlike in the original product it need not have been requested with custom priority.
    """

    type: ClassVar = "UPDATECONTACT"
    name: ClassVar = _("Update the contact")
    group: ClassVar = Group.QUEUE
    description: ClassVar = _(
        "Changes how the contact waits: its priority, or which agents are asked. It keeps its place in time. "
        "Typically after a WAIT, to ask less proficient agents too."
    )
    properties: ClassVar = _PROPERTIES
    unused_properties: ClassVar = frozenset({"caption", "routing_attribute", "function"})
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("What to do next."), is_queued=True),
        BranchSpec(name=ERROR, label=_("Error"), help=_("The contact is in no queue.")),
    )
    failures: ClassVar = {"not_in_queue": _("The contact was in no queue at the action %(action)s.")}

    def inspect(self, values: Mapping[str, PropertyValue]) -> Iterable[PropertyFault]:
        if all(values[spec.name] is None for spec in _PROPERTIES):
            yield PropertyFault(
                "priority", "nothing_to_update", Message(_("Say what is to change.")), is_warning=True
            )
        high, low = values["high_proficiency"], values["low_proficiency"]
        if isinstance(high, int) and isinstance(low, int) and high > low:
            yield PropertyFault(
                "high_proficiency",
                "proficiency_order",
                Message(
                    _(
                        "The highest proficiency (%(high)s) must not be a larger number than the lowest "
                        "(%(low)s): 1 is the best, 20 the least."
                    ),
                    {"high": high, "low": low},
                ),
            )

    def execute(self, context: Context) -> Outcome:
        if not context.agent_requested:
            return Outcome(trouble=Trouble(code="not_in_queue"))
        given = {spec.name: context.values[spec.name] for spec in _PROPERTIES}
        effect = UpdateContact(
            action_id=context.action_id,
            initial=_decimal(given["priority"]),
            acceleration=_decimal(given["acceleration"]),
            maximum=_decimal(given["max_priority"]),
            high_proficiency=_integer(given["high_proficiency"]),
            low_proficiency=_integer(given["low_proficiency"]),
        )
        return Outcome(
            effects=(effect,),
            values={
                name: value if isinstance(value, int) else str(value)
                for name, value in given.items()
                if value is not None
            },
        )


def _decimal(value: PropertyValue) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def _integer(value: PropertyValue) -> int | None:
    return value if isinstance(value, int) else None
