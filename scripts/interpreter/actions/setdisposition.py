"""SETDISPOSITION: record the outcome."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.effects import SetDisposition
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register


@register
class SetDispositionAction(Action):
    """Record the outcome of the contact.

    {"id": "won", "type": "SETDISPOSITION", "properties": {"disposition": "Resolved"}}

    Effects: SetDisposition.
    """

    type: ClassVar = "SETDISPOSITION"
    name: ClassVar = _("Set the disposition")
    group: ClassVar = Group.DATA
    description: ClassVar = _("Records the outcome of the contact. The agent may choose another.")
    properties: ClassVar = (
        PropertySpec(
            name="disposition",
            kind=Kind.DISPOSITION,
            label=_("Disposition"),
            help=_("A disposition of the business unit."),
            required=True,
            max_length=100,
        ),
    )
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("What to do next.")),
        BranchSpec(
            name=ERROR,
            label=_("Error"),
            help=_("What to do if the disposition does not exist or is not active."),
        ),
    )
    failures: ClassVar = {
        "disposition_unavailable": _("The disposition %(disposition)s does not exist or is not active.")
    }

    def execute(self, context: Context) -> Outcome:
        name = str(context.values["disposition"])
        if context.catalogue is not None and not context.catalogue.disposition_exists(name):
            return Outcome(trouble=Trouble(code="disposition_unavailable", params={"disposition": name}))
        effect = SetDisposition(action_id=context.action_id, disposition=name)
        return Outcome(effects=(effect,), values={"disposition": name})
