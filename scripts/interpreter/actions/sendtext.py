"""SENDTEXT: write to the customer."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.effects import SendText
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register
from scripts.interpreter.wording import FAILURES, MOST_CHARACTERS, filled, text_for_customer


@register
class SendTextAction(Action):
    """Send a text and go on.

    {"id": "hello", "type": "SENDTEXT", "properties": {"message": "Thank you. You are number {{ place }}."}}

    Effects: SendText. A text that is empty or too long once its variables are filled in is trouble.
    """

    type: ClassVar = "SENDTEXT"
    name: ClassVar = _("Send a text")
    group: ClassVar = Group.TEXT
    description: ClassVar = _(
        "Sends the customer a text and goes on at once. Customers who opted out get nothing."
    )
    properties: ClassVar = (
        PropertySpec(
            name="message",
            kind=Kind.TEMPLATE,
            label=_("Message"),
            help=_(
                "What the customer gets. Variables: {{ text }}, {{ customer }}, {{ number }}, {{ skill }}."
            ),
            required=True,
            max_length=MOST_CHARACTERS,
            multiline=True,
        ),
    )
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("What to do next.")),
        BranchSpec(name=ERROR, label=_("Error"), help=_("What to do if the text cannot be put together.")),
    )
    failures: ClassVar = FAILURES

    def execute(self, context: Context) -> Outcome:
        text, trouble = text_for_customer(filled(context, "message"))
        if trouble is not None:
            return Outcome(trouble=trouble)
        effect = SendText(action_id=context.action_id, text=text)
        return Outcome(effects=(effect,), values={"characters": len(text)})
