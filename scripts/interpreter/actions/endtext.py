"""ENDTEXT: end the contact, with a last text or without."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import Action, Context, Group, Outcome
from scripts.interpreter.effects import Effect, EndContact, SendText
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register
from scripts.interpreter.wording import FAILURES, MOST_CHARACTERS, filled, text_for_customer


@register
class EndTextAction(Action):
    """End the contact, and the script with it.

    {"id": "closed", "type": "ENDTEXT", "properties": {"message": "We are closed. We open at 8."}}

    Effects: SendText if there is a message, EndContact. A text that cannot be filled in is left out: the
    contact ends all the same, as there is no branch to go on at.
    """

    type: ClassVar = "ENDTEXT"
    name: ClassVar = _("End the contact")
    group: ClassVar = Group.TEXT
    description: ClassVar = _(
        "Sends a last text, if there is one, and ends the contact: a path that comes to no queue ends so. "
        "A contact that an agent has stays with him."
    )
    properties: ClassVar = (
        PropertySpec(
            name="message",
            kind=Kind.TEMPLATE,
            label=_("Last message"),
            help=_("What the customer gets at the end. Empty: nothing."),
            max_length=MOST_CHARACTERS,
            multiline=True,
        ),
    )
    failures: ClassVar = FAILURES
    terminates: ClassVar = True

    def execute(self, context: Context) -> Outcome:
        effects: tuple[Effect, ...] = (EndContact(action_id=context.action_id),)
        text, trouble = text_for_customer(filled(context, "message"))
        values: dict[str, str | int] = {}
        if trouble is None:
            effects = (SendText(action_id=context.action_id, text=text), *effects)
            values["characters"] = len(text)
        elif context.values["message"] is not None:
            values["result"] = trouble.code
        return Outcome(effects=effects, values=dict(values), ends=True)
